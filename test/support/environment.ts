/** What a developer's shell may hold and a test must not see: every ask is of loopback, every output plain. */
process.env["NO_PROXY"] = process.env["no_proxy"] = "localhost,127.0.0.1,127.0.0.2,::1";
delete process.env["FORCE_COLOR"];
