// The official Node SDK against a running codex2api, one line a check.
//
//   npm install openai zod
//   OPENAI_BASE_URL=http://127.0.0.1:3000/v1 OPENAI_API_KEY=$(cat ~/.codex2api/data/local.key) \
//     node scripts/clients/openai.mjs
//
// Meant for a server whose backend is `codex2api simulate`: the scenarios are named in the prompts.
import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { VERSION } from "openai/version";
import { z } from "zod";

const client = new OpenAI({ maxRetries: 0 });
const model = "gpt-5.5";
const says = (content) => [{ role: "user", content }];
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
  },
};
const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk" +
  "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const Person = z.object({ name: z.string(), age: z.number() });
const chat = (content, more = {}) =>
  client.chat.completions.create({ model, messages: says(content), ...more });

const checks = {
  "chat, whole": async () => {
    const answer = await chat("hello");
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.match(answer.choices[0].message.content, /simulated/);
  },
  "chat, streamed, with usage": async () => {
    let text = "";
    let usage = null;
    const stream = await chat("hello", { stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      usage = chunk.usage ?? usage;
    }
    assert.match(text, /simulated/);
    assert.ok(usage.total_tokens > 0);
  },
  "chat, tool round trip": async () => {
    const first = await chat("SCENARIO:tool_call weather?", { tools: [weather] });
    const { message } = first.choices[0];
    const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "hail" };
    const messages = [...says("SCENARIO:tool_call weather?"), message, result];
    const second = await client.chat.completions.create({ model, messages, tools: [weather] });
    assert.match(second.choices[0].message.content, /hail/);
  },
  "chat, parallel tools, streamed": async () => {
    const stream = client.chat.completions.stream({
      model,
      messages: says("SCENARIO:interleaved_tools go"),
      tools: [weather],
    });
    const final = await stream.finalChatCompletion();
    const calls = final.choices[0].message.tool_calls;
    assert.ok(calls.length >= 2);
    calls.forEach((call) => JSON.parse(call.function.arguments));
  },
  "chat, runTools": async () => {
    const runner = client.chat.completions.runTools({
      model,
      messages: says("SCENARIO:tool_call weather?"),
      tools: [
        {
          type: "function",
          function: { ...weather.function, function: () => "sleet", parse: JSON.parse },
        },
      ],
    });
    assert.match(await runner.finalContent(), /sleet/);
  },
  "chat, parse": async () => {
    const answer = await client.chat.completions.parse({
      model,
      messages: says("who"),
      response_format: zodResponseFormat(Person, "person"),
    });
    Person.parse(answer.choices[0].message.parsed);
  },
  "chat, vision": async () => {
    const parts = [
      { type: "text", text: "what is it" },
      { type: "image_url", image_url: { url: pixel } },
    ];
    assert.ok((await chat(parts)).choices[0].message.content);
  },
  "responses, whole": async () => {
    const reply = await client.responses.create({ model, input: "hello" });
    assert.match(reply.output_text, /simulated/);
  },
  "responses, streamed": async () => {
    const stream = client.responses.stream({ model, input: "SCENARIO:reasoning hello" });
    const kinds = [];
    for await (const event of stream) kinds.push(event.type);
    assert.equal(kinds[0], "response.created");
    assert.equal(kinds.at(-1), "response.completed");
    assert.match((await stream.finalResponse()).output_text, /simulated/);
  },
  "responses, parse": async () => {
    const reply = await client.responses.parse({
      model,
      input: "who",
      text: { format: zodTextFormat(Person, "person") },
    });
    Person.parse(reply.output_parsed);
  },
  "chat, several choices and a stop sequence": async () => {
    const { choices } = await chat("hello", { n: 2, stop: " answer" });
    assert.deepEqual(
      choices.map((choice) => choice.message.content),
      ["This is a simulated", "This is a simulated"],
    );
  },
  "responses, a stored chain": async () => {
    const first = await client.responses.create({ model, input: "hello" });
    const next = { model, input: "and now", previous_response_id: first.id };
    const second = await client.responses.create(next);
    const found = await client.responses.retrieve(second.id);
    assert.equal(found.output_text, second.output_text);
    await client.responses.delete(second.id);
    await assert.rejects(client.responses.retrieve(second.id), OpenAI.NotFoundError);
  },
  "files, by id": async () => {
    const file = await toFile(Buffer.from("some notes"), "notes.txt");
    const kept = await client.files.create({ file, purpose: "user_data" });
    const parts = [
      { type: "text", text: "what" },
      { type: "file", file: { file_id: kept.id } },
    ];
    assert.ok((await chat(parts)).choices[0].message.content);
    assert.ok((await client.files.delete(kept.id)).deleted);
  },
  "images": async () => {
    const made = await client.images.generate({ prompt: "a square" });
    assert.ok(made.data[0].b64_json);
  },
  "models, list and retrieve": async () => {
    const names = [];
    for await (const found of client.models.list()) names.push(found.id);
    assert.ok(names.includes(model));
    assert.equal((await client.models.retrieve(`${model}-high`)).id, `${model}-high`);
  },
  "cancellation": async () => {
    const stream = await chat("SIM:n=500:d=20 talk", { stream: true });
    for await (const _ of stream) break;
    assert.ok(stream.controller.signal.aborted);
  },
  "a cut stream is an error": async () => {
    const reading = async () => {
      for await (const chunk of await chat("SCENARIO:cut go", { stream: true }))
        assert.equal(chunk.choices[0]?.finish_reason ?? null, null);
    };
    await assert.rejects(reading, OpenAI.APIError);
  },
  "completions, several prompts": async () => {
    const prompt = ["alpha", "beta"];
    const answer = await client.completions.create({ model, prompt, n: 2, max_tokens: 99 });
    assert.deepEqual(
      answer.choices.map(({ text }) => /alpha$/.test(text)),
      [true, true, false, false],
    );
  },
  "completions, streamed, with echo and a stop sequence": async () => {
    const more = { echo: true, stop: " answer", max_tokens: 99 };
    const stream = await client.completions.create({ model, prompt: "One. ", stream: true, ...more });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0].text;
    assert.equal(text, "One. This is a simulated");
  },
  "BadRequestError": () => assert.rejects(chat([{ type: "hologram" }]), OpenAI.BadRequestError),
  "NotFoundError": () => assert.rejects(chat("hi", { model: "gpt-no" }), OpenAI.NotFoundError),
  "AuthenticationError": () =>
    assert.rejects(
      new OpenAI({ apiKey: "sk-wrong", maxRetries: 0 }).models.list(),
      OpenAI.AuthenticationError,
    ),
  "InternalServerError": () =>
    assert.rejects(chat("SCENARIO:bad_gateway go"), OpenAI.InternalServerError),
  "RateLimitError": () => assert.rejects(chat("SCENARIO:rate_limited go"), OpenAI.RateLimitError),
};

console.log(`version ${VERSION}`);
let failures = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}
console.log(`${Object.keys(checks).length - failures} passed, ${failures} failed`);
process.exit(failures ? 1 : 0);
