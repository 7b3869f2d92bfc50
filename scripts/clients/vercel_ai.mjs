// The Vercel AI SDK, on both APIs; run by scripts/conformance.py, one line a check.
import assert from "node:assert/strict";
import { APICallError, Output, generateText, stepCountIs, streamText, tool } from "ai";
import { createOpenAI } from "@ai-sdk/openai";
import { createRequire } from "node:module";
import { z } from "zod";

const { version } = createRequire(import.meta.url)("ai/package.json");
const provider = createOpenAI({
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
});
const name = "gpt-5.5";
const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk" + "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const tools = {
  get_weather: tool({
    description: "Weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `hail in ${city}`,
  }),
};
const person = z.object({ name: z.string(), age: z.number() });

const shared = (model) => ({
  whole: async () => {
    const { text, usage } = await generateText({ model, prompt: "hello", maxRetries: 0 });
    assert.match(text, /simulated/);
    assert.ok(usage.totalTokens > 0);
  },
  streamed: async () => {
    let said = "";
    const { textStream } = streamText({ model, prompt: "hello", maxRetries: 0 });
    for await (const piece of textStream) said += piece;
    assert.match(said, /simulated/);
  },
  "tool round trip": async () => {
    const prompt = "SCENARIO:tool_call weather?";
    const { text } = await generateText({ model, tools, prompt, stopWhen: stepCountIs(3) });
    assert.match(text, /hail in/);
  },
  "parallel tools, streamed": async () => {
    const prompt = "SCENARIO:interleaved_tools go";
    const result = streamText({ model, tools, prompt, stopWhen: stepCountIs(3) });
    await result.consumeStream();
    const [first] = await result.steps;
    assert.equal(first.toolCalls.length, 2);
    assert.match(await result.text, /hail in/);
  },
  "structured output": async () => {
    const experimental = Output.object({ schema: person });
    const result = await generateText({
      model,
      prompt: "who",
      output: experimental,
      experimental_output: experimental,
    });
    person.parse(result.output ?? result.experimental_output);
  },
  vision: async () => {
    const content = [
      { type: "text", text: "what" },
      { type: "image", image: pixel, mediaType: "image/png" },
    ];
    const { text } = await generateText({ model, messages: [{ role: "user", content }] });
    assert.match(text, /simulated/);
  },
  "a broken stream is an error": async () => {
    const errors = [];
    const { fullStream } = streamText({
      model,
      prompt: "SCENARIO:cut go",
      maxRetries: 0,
      onError: ({ error }) => errors.push(error),
    });
    const kinds = [];
    for await (const part of fullStream) kinds.push(part.type);
    assert.ok(errors.length > 0 && kinds.includes("error"));
  },
});

const checks = {};
for (const [api, model] of [
  ["Chat", provider.chat(name)],
  ["Responses", provider.responses(name)],
])
  for (const [what, check] of Object.entries(shared(model))) checks[`${api}, ${what}`] = check;
checks["Responses, reasoning"] = async () => {
  const { reasoningText } = await generateText({
    model: provider.responses(name),
    prompt: "SCENARIO:reasoning hm",
    providerOptions: { openai: { reasoningSummary: "auto", reasoningEffort: "high" } },
  });
  assert.match(reasoningText, /thought/);
};
checks["An unknown model is APICallError 404"] = () =>
  assert.rejects(
    generateText({ model: provider.chat("gpt-no"), prompt: "hello", maxRetries: 0 }),
    (error) => APICallError.isInstance(error) && error.statusCode === 404,
  );

console.log(`version ${version}`);
let failures = 0;
for (const [title, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      ${title}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${title}: ${error.message.replaceAll("\n", " ").slice(0, 300)}`);
  }
}
process.exit(failures ? 1 : 0);
