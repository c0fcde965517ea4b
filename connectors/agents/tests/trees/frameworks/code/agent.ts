import { Agent } from "@mastra/core/agent";

export const triage = new Agent({
  name: "triage",
  headers: { Authorization: `Bearer ${process.env.TRIAGE_TOKEN}` },
  apiKey: process.env.OPENAI_API_KEY,
});
