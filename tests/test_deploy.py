"""What the deployments of replicas promise about safety, read from the files that make them."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from codex2api.settings.layers import from_environment
from codex2api.settings.schema import ServerSettings, known_keys

DEPLOY = Path(__file__).parents[1] / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
DRAIN = ServerSettings().drain_seconds


def manifest(kind: str) -> Any:
    found = [yaml.safe_load(path.read_text("utf-8")) for path in MANIFESTS]
    (one,) = [each for each in found if each["kind"] == kind]
    return one


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def pod() -> Any:
    return manifest("Deployment")["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def container(pod: Any) -> Any:
    (container,) = pod["containers"]
    return container


# -- kubernetes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_manifests_are_what_kubernetes_takes(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text("utf-8")):
        for version in ("1.31", kubernetes_validate.latest_version()):
            kubernetes_validate.validate(document, version, strict=True)


def test_a_manifest_that_is_wrong_would_be_found() -> None:
    wrong = manifest("Deployment") | {"spec": {"replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_there_is_everything_that_replicas_need() -> None:
    kinds = {yaml.safe_load(path.read_text("utf-8"))["kind"] for path in MANIFESTS}
    assert kinds == {
        "Deployment",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Secret",
        "Service",
    }


def test_the_parts_find_each_other(pod: Any, container: Any) -> None:
    labels = manifest("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert manifest("Service")["spec"]["selector"].items() <= labels.items()
    for kind in ("PodDisruptionBudget", "Deployment"):
        assert manifest(kind)["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert manifest("NetworkPolicy")["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    secret = manifest("Secret")
    assert volumes["secrets"]["secret"]["secretName"] == secret["metadata"]["name"]
    claim = volumes["home"]["persistentVolumeClaim"]["claimName"]
    assert claim == manifest("PersistentVolumeClaim")["metadata"]["name"]
    named = {
        each["value"].rpartition("/")[2] for each in container["env"] if "_FILE" in each["name"]
    }
    assert named == set(secret["stringData"])


def test_a_pod_can_do_as_little_as_possible(pod: Any, container: Any) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]


def test_kubernetes_puts_no_setting_of_its_own_into_the_environment(pod: Any) -> None:
    assert pod["enableServiceLinks"] is False


def test_probes_and_the_end_of_a_pod(pod: Any, container: Any) -> None:
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container["startupProbe"]["httpGet"]["path"] == "/health/live"
    (_, pause) = container["lifecycle"]["preStop"]["exec"]["command"]
    assert pod["terminationGracePeriodSeconds"] > int(pause) + DRAIN + 5
    rolling = manifest("Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": 1, "maxUnavailable": 0}


def test_the_network_is_closed_both_ways_but_for_what_is_named() -> None:
    policy = manifest("NetworkPolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    for rule in [*policy["ingress"], *policy["egress"]]:
        assert rule["ports"]
        assert rule.get("from") or rule.get("to")


def test_the_example_of_a_secret_holds_none() -> None:
    assert set(manifest("Secret")["stringData"].values()) == {""}


def test_every_variable_is_one_that_we_know(container: Any, compose: Any) -> None:
    given = {each["name"]: each["value"] for each in container["env"]}
    for environment in (given, compose["x-replica"]["environment"]):
        settings = {name: value for name, value in environment.items() if "_FILE" not in name}
        assert set(from_environment(settings)) <= set(known_keys())
        assert {name for name in environment if "_FILE" in name} == {
            "DATABASE_URL_FILE",
            "CODEX2API_SECRET_KEY_FILE",
            "CODEX2API_API_KEYS_FILE",
        }


# -- compose -------------------------------------------------------------------------------------


def test_two_replicas_of_one_kind_share_everything(compose: Any) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "replica-1", "replica-2", "proxy"}
    assert services["replica-1"] == services["replica-2"] == compose["x-replica"]
    assert "home:/data" in services["replica-1"]["volumes"]


def test_services_can_do_as_little_as_possible(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert "privileged" not in service, name


def test_only_the_proxy_is_reached_and_from_this_machine_only(compose: Any) -> None:
    published = {
        name: each["ports"] for name, each in compose["services"].items() if "ports" in each
    }
    assert published == {"proxy": ["127.0.0.1:3000:8080"]}
    assert compose["services"]["postgres"]["networks"] == ["inside"]
    assert compose["networks"]["inside"] == {"internal": True}


def test_secrets_are_files_that_the_repository_does_not_have(compose: Any) -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert (DEPLOY / ".gitignore").read_text("utf-8").splitlines() == ["secrets/"]
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert f"secrets/{name}" in text.partition("\nname:")[0], "its making is described"
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            secret = re.search("PASSWORD|SECRET|KEYS|DATABASE_URL", name)
            assert not secret or str(value).startswith("/run/secrets/"), name


def test_a_replica_may_finish_what_it_is_at(compose: Any) -> None:
    grace = int(compose["x-replica"]["stop_grace_period"].removesuffix("s"))
    assert grace >= DRAIN + 10


def test_health_is_looked_at_everywhere(compose: Any) -> None:
    for name in ("postgres", "proxy"):
        assert compose["services"][name]["healthcheck"]["test"][0] == "CMD"
    docker = (DEPLOY.parent / "docker" / "Dockerfile").read_text("utf-8")
    assert "HEALTHCHECK" in docker  # of the replicas
    assert compose["x-replica"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_the_proxy_knows_every_replica_and_does_not_hold_streams_back(compose: Any) -> None:
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    (line,) = [line for line in text.splitlines() if "reverse_proxy" in line]
    replicas = {name for name in compose["services"] if name.startswith("replica")}
    assert set(re.findall(r"(replica-\d+):3000", line)) == replicas
    assert "flush_interval -1" in text
    hosts = compose["x-replica"]["environment"]["CODEX2API_SERVER__ALLOWED_HOSTS"].split(",")
    assert replicas <= set(hosts)  # the proxy asks for their health by these names
