// Anthropic's official Node SDK against a running codex2api, one line a check.
//
//   npm install @anthropic-ai/sdk
//   OPENAI_BASE_URL=http://127.0.0.1:3000/v1 OPENAI_API_KEY=$(cat ~/.codex2api/data/local.key) \
//     node scripts/clients/anthropic.mjs
//
// Meant for a server whose backend is `codex2api simulate`: the scenarios are named in the prompts.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { VERSION } from "@anthropic-ai/sdk/version";

const baseURL = process.env.OPENAI_BASE_URL.replace(/\/v1$/, "");
const apiKey = process.env.OPENAI_API_KEY;
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const model = "claude-sonnet-4-6";
const says = (content) => [{ role: "user", content }];
const asked = (content, more = {}) => ({ model, max_tokens: 1000, messages: says(content), ...more });
const whole = (content, more) => client.messages.create(asked(content, more));
const streamed = (content, more) => client.messages.stream(asked(content, more)).finalMessage();
const textOf = ({ content }) => content.map(({ text }) => text ?? "").join("");
const weather = {
  name: "get_weather",
  description: "Weather of a city",
  input_schema: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};
const tools = [weather];
const thinking = { type: "enabled", budget_tokens: 2000 };
const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

// A tool loop: every call of the answer is given a result, and all of it is sent back.
const loop = async (ask, question, more) => {
  const first = await ask(question, more);
  assert.equal(first.stop_reason, "tool_use");
  const calls = first.content.filter(({ type }) => type === "tool_use");
  const results = calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "hail" }));
  const messages = [
    ...says(question),
    { role: "assistant", content: first.content },
    { role: "user", content: results },
  ];
  const second = await ask("", { ...more, messages });
  assert.match(textOf(second), /hail/);
  return first;
};

const both = (check) => ({
  whole: () => check(whole),
  streamed: () => check(streamed),
});

const twice = {
  "an answer": async (ask) => {
    const answer = await ask("hello", { system: "Be brief." });
    assert.match(textOf(answer), /simulated/);
    assert.equal(answer.stop_reason, "end_turn");
    assert.equal(answer.model, model);
    assert.ok(answer.usage.output_tokens > 0);
  },
  "a tool loop": (ask) => loop(ask, "SCENARIO:tool_call weather?", { tools }),
  "parallel tools": async (ask) => {
    const first = await loop(ask, "SCENARIO:parallel_tools:calls=3 weather?", { tools });
    assert.equal(first.content.length, 3);
  },
  "tools that take turns": async (ask) => {
    const { content } = await ask("SCENARIO:interleaved_tools go", { tools });
    assert.deepEqual(
      content.map(({ input }) => input.city),
      ["simulated", "simulated 2"],
    );
  },
  "thinking through a tool loop": async (ask) => {
    const first = await loop(ask, "SCENARIO:reasoning_tool hm?", { tools, thinking });
    assert.equal(first.content[0].type, "thinking");
    assert.ok(first.content[0].signature);
  },
  "an image and a document": async (ask) => {
    const source = { type: "base64", media_type: "image/png", data: pixel };
    const pdf = { type: "base64", media_type: "application/pdf", data: "JVBERi0xLjQK" };
    const content = [
      { type: "image", source },
      { type: "document", source: pdf },
      { type: "text", text: "what?" },
    ];
    assert.match(textOf(await ask(content)), /what\?/);
  },
  "web search": async (ask) => {
    const search = { type: "web_search_20250305", name: "web_search" };
    const { content } = await ask("SCENARIO:web_search news", { tools: [search] });
    assert.equal(content.at(-1).citations[0].type, "web_search_result_location");
  },
  "a stop sequence": async (ask) => {
    const answer = await ask("hello", { stop_sequences: ["answer"] });
    assert.deepEqual([answer.stop_reason, answer.stop_sequence], ["stop_sequence", "answer"]);
    assert.equal(textOf(answer), "This is a simulated ");
  },
  "a limit": async (ask) => {
    const answer = await ask("SCENARIO:text:n=50 go", { max_tokens: 5 });
    assert.equal(answer.stop_reason, "max_tokens");
  },
};

const once = {
  "events in their order": async () => {
    const kinds = [];
    for await (const { type } of await whole("hello", { stream: true })) kinds.push(type);
    assert.deepEqual(kinds.slice(0, 2), ["message_start", "content_block_start"]);
    assert.deepEqual(kinds.slice(-3), ["content_block_stop", "message_delta", "message_stop"]);
  },
  "counting tokens": async () => {
    const counted = await client.messages.countTokens({ model, messages: says("hello") });
    assert.ok(counted.input_tokens > 1);
  },
  "models": async () => {
    const ids = [];
    for await (const { id } of client.models.list({ limit: 2 })) ids.push(id);
    assert.ok(ids.includes("gpt-5.5"));
    assert.equal((await client.models.retrieve("gpt-5.5")).type, "model");
  },
  "the id of a request": async () => {
    const { request_id } = await whole("hello").withResponse();
    assert.match(request_id, /^req_/);
  },
  "leaving a stream": async () => {
    const stream = await whole("SCENARIO:endless go", { stream: true, max_tokens: 1e9 });
    for await (const _ of stream) break;
    assert.ok(stream.controller.signal.aborted);
  },
  "a cut stream is an error": () =>
    assert.rejects(streamed("SCENARIO:cut go"), Anthropic.APIError),
  "BadRequestError": () => assert.rejects(whole([{ type: "hologram" }]), Anthropic.BadRequestError),
  "NotFoundError": () => assert.rejects(whole("hi", { model: "gpt-no" }), Anthropic.NotFoundError),
  "AuthenticationError": () =>
    assert.rejects(
      new Anthropic({ baseURL, apiKey: "sk-wrong", maxRetries: 0 }).messages.create(asked("hi")),
      Anthropic.AuthenticationError,
    ),
  "InternalServerError": () =>
    assert.rejects(whole("SCENARIO:overloaded go"), (error) => error.status === 529),
  "RateLimitError": () => assert.rejects(whole("SCENARIO:rate_limited go"), Anthropic.RateLimitError),
};

const checks = Object.entries(twice).flatMap(([name, check]) =>
  Object.entries(both(check)).map(([way, run]) => [`${name}, ${way}`, run]),
);
checks.push(...Object.entries(once));

console.log(`version ${VERSION}`);
let failures = 0;
for (const [name, check] of checks) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}
console.log(`${checks.length - failures} passed, ${failures} failed`);
process.exit(failures ? 1 : 0);
