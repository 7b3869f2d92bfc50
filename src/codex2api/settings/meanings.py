"""What every setting means, in Markdown; links are those of a page in ``docs/``."""

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "server.host": (
        "Address to listen on. Anything but loopback makes the server reachable from outside."
    ),
    "server.port": "Port; 0 takes a free one.",
    "server.workers": "Processes that share the port ([more](operations.md#several-workers)).",
    "server.auth": (
        "`required` or `none`. `none` (`--no-auth`) lets every program on this machine "
        "in; refused unless the host is loopback."
    ),
    "server.allowedHosts": (
        "Further names that a request's `Host` header may have. Loopback names are always good."
    ),
    "server.allowedOrigins": (
        "Origins of web pages (`https://chat.example`, no path) that may call the server "
        "from a browser, also from the Internet into your own network. They get the CORS "
        "headers that browsers ask for; nobody else does. `*` and `null` are refused."
    ),
    "server.trustedProxies": (
        "Addresses or networks (`10.0.0.0/8`) of reverse proxies. From them, and from "
        "nobody else, `X-Forwarded-For` says who calls, for counting wrong keys, and "
        "`X-Forwarded-Proto` whether addresses that we tell begin with `https`. "
        "`X-Forwarded-Host` never counts: have the proxy pass the `Host` on, and list it "
        "in `server.allowedHosts`."
    ),
    "server.maxBodyBytes": "Largest request body, also after unpacking gzip or zstd.",
    "server.maxFrameBytes": "Largest message on a WebSocket.",
    "server.socketIdleSeconds": "How long a WebSocket may be without a request.",
    "server.socketSeconds": (
        "How long a WebSocket may live; a response under way is finished first."
    ),
    "server.drainSeconds": (
        "How long running answers may take to end after SIGTERM ([more](operations.md#stop))."
    ),
    "server.apiKeys": (
        "Client keys besides `data/local.key`, for containers; [created keys](keys.md) "
        "can do more. Never shown. A placeholder (`changeme`, `sk-your-key`), or fewer "
        "than 16 characters, stops the start."
    ),
    "oauth.issuer": "Who signs people in.",
    "oauth.clientId": "The OAuth client of OpenAI's own CLI.",
    "oauth.redirectUri": "Where the browser returns to; the `127.0.0.1` form works as well.",
    "oauth.localServerPort": "Port of the listener there; 1457 is tried if 1455 is taken.",
    "oauth.waitSeconds": "How long `codex2api login` waits for the browser.",
    "oauth.kind": (
        "Which of OpenAI's [sign-ins](which-sign-in.md) is meant where none is named: `codex`, "
        "`official`, or `ask` once, on a terminal, and remember the answer."
    ),
    "official.issuer": "Who signs people in; its discovery document says the rest.",
    "official.apiUrl": "The API that such accounts are served by.",
    "official.agentName": "What the app is called on OpenAI's page when it is registered.",
    "backend.url": "The codex backend.",
    "backend.timeout": "Until the backend's response headers.",
    "backend.connectTimeout": "Until the connection stands.",
    "backend.idleTimeout": "Between two events of an answer.",
    "backend.clientVersion": "The client version told to the backend.",
    "backend.originator": "The client name told to the backend.",
    "backend.proxy": "`http://` or `https://` proxy for everything that leaves this machine.",
    "logging.level": "`error`, `warn`, `info` or `debug`.",
    "logging.dir": "Folder of the log files; a relative one lies in the home.",
    "logging.enableRequestLogging": (
        "Bodies before and after translation, redacted. They hold your conversations."
    ),
    "logging.format": (
        "On the console: `console`, `json`, or `auto`: `console` on a terminal, `json` elsewhere."
    ),
    "codex.mode": "Whether packaged prompts are used at all.",
    "codex.promptPolicy": (
        "`fill`: only when the caller sends no system text; `prepend`: always, and the "
        "caller's text follows; `off`: never."
    ),
    "codex.defaultReasoningEffort": (
        "Effort where the request names none. Only counts when set: otherwise the model's "
        "own default does."
    ),
    "codex.defaultTextVerbosity": "`low`, `medium` or `high`.",
    "codex.reasoningStyle": (
        "How `/v1/chat/completions` shows reasoning, unless the request header "
        "`x-codex2api-reasoning` says otherwise: `reasoning_content` is a field beside "
        "`content`; `think-tags` puts it into `content`, between `<think>` and `</think>` "
        '(JSON answers never have tags, but the field); `o3` is an object, `"reasoning": '
        '{"content": [{"type": "text", "text": …}]}`; `none` hides it. Who asks for a '
        "style that cannot be is told in `x-codex2api-adjusted`."
    ),
    "codex.strict": (
        "Answer 400 to a parameter that the backend cannot honour, rather than name it in a header."
    ),
    "codex.maxChoices": (
        "The most answers to one prompt (`n`) that a request may ask for, and how many "
        "calls it makes at once; each is a call of its own to the backend, and counts as "
        "one. Further prompts of `/v1/completions` wait for their turn."
    ),
    "codex.keepaliveSeconds": (
        "Silence after which a stream gets a comment, so that nothing between us closes it."
    ),
    "codex.shape": (
        "Form of the request: as the model list says (`auto`), always `lite`, or always `classic`."
    ),
    "codex.cacheMeter": (
        "Note for each conversation how much ChatGPT's prompt cache served and what broke it: "
        "[cache meter](explain.md#cache-meter)."
    ),
    "messages.models": (
        "Which model answers for a name that is none of ours. The first pattern that fits decides, "
        "and of its models the first that your accounts have; until their list is known, the "
        "last. A model may have an effort: `gpt-5.5-high`. Your table takes the place of this one. "
        r"In the environment: `claude-*opus*=gpt-6.1-sol\|gpt-5.5, claude-*=gpt-5.5`."
    ),
    "accounts.strategy": (
        "Which of several [accounts](accounts.md) serves a new conversation. `balanced`: "
        "the one with most left of its limits; `fill-first`: the first one until its "
        "limit is reached; `round-robin`: each in turn; `pinned`: `accounts.pinned` and "
        "no other. A conversation stays with its account."
    ),
    "accounts.order": (
        "Labels in the order in which `fill-first` uses the accounts. Those that are not "
        "named follow, `default` first, then by label."
    ),
    "accounts.pinned": "Label of the account that serves everything when the strategy is `pinned`.",
    "accounts.reservePercent": (
        "Percent of each plan window that is kept for the owner and for [keys](keys.md) "
        "created with `--reserve`; 0 keeps nothing back."
    ),
    "store.url": (
        "A PostgreSQL (`postgresql://USER:PASSWORD@HOST/DATABASE`) that "
        "[replicas](replicas.md) share: accounts and everything else that is kept lie "
        "there, and not in files. Never shown."
    ),
    "store.secretKey": (
        "Keys that encrypt the sign-ins in that database, 32 bytes in base64 each; needed "
        "with `store.url`. The first encrypts, all decrypt. Never shown."
    ),
    "store.responsesTtlDays": (
        "How long responses and stored chat completions are [kept](state.md); `0` keeps nothing."
    ),
    "store.maxFileBytes": "Largest file that `/v1/files` takes.",
    "ledger.retentionDays": (
        "How long the record of a request is [kept](usage.md); `0` records nothing, and "
        "forgets what there is."
    ),
    "traces.endpoint": (
        "Base address of a collector that takes OTLP over HTTP (`http://127.0.0.1:4318`), for "
        "[traces](traces.md). Nothing is sent as long as none is named."
    ),
}
"""By its key in the config file."""
