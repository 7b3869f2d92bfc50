# For a tap of your own: `brew tap OWNER/codex2api && brew install codex2api`.
# `python scripts/write_formula.py --sdist dist/codex2api-VERSION.tar.gz` writes address and sum of a
# release into it; the release workflow attaches the result.
class Codex2api < Formula
  desc "OpenAI API on your own ChatGPT plan"
  homepage "https://pypi.org/project/codex2api/"
  url "https://files.pythonhosted.org/packages/source/c/codex2api/codex2api-0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"

  depends_on "python@3.13"

  # Every package comes as a wheel whose sum is in requirements/run.txt: nothing is compiled here, and
  # nothing is installed that the release was not tested with.
  def install
    python = formula_python
    system python, "-m", "venv", libexec
    pip = libexec/"bin/pip"
    system pip, "install", "--no-cache-dir", "--require-hashes", "--only-binary", ":all:",
           "-r", "requirements/run.txt"
    system pip, "install", "--no-cache-dir", "--no-deps", "--no-build-isolation", "."
    system pip, "uninstall", "--yes", "editables", "hatchling", "pip"
    bin.install_symlink libexec/"bin/codex2api"
    generate_completions_from_executable(bin/"codex2api", "completion", shells: [:bash, :zsh, :fish])
  end

  def formula_python
    Formula["python@3.13"].opt_bin/"python3.13"
  end

  def caveats
    <<~EOS
      Sign in first, then start it:
        codex2api login
        brew services start codex2api
    EOS
  end

  # As `codex2api service install` has it: started again when it fails, not when it was asked to end.
  service do
    run [opt_bin/"codex2api", "serve", "--no-login"]
    keep_alive successful_exit: false
    throttle_interval 10
    log_path var/"log/codex2api.log"
    error_log_path var/"log/codex2api.log"
  end

  test do
    ENV["CODEX2API_HOME"] = testpath/"home"
    assert_match version.to_s, shell_output("#{bin}/codex2api --version")
    port = free_port
    server = spawn bin/"codex2api", "serve", "--no-login", "--port", port.to_s
    begin
      output = shell_output("curl --silent --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:#{port}/health")
      assert_match '"status":"ok"', output
    ensure
      Process.kill "TERM", server
      Process.wait server
    end
  end
end
