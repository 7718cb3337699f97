// Reads diagrams, a JSON string a line, with the real Mermaid; answers each with a line of JSON.
import { createInterface } from "node:readline";
import { JSDOM } from "jsdom";

const dom = new JSDOM("<!doctype html><body></body>");
globalThis.window = dom.window;
globalThis.document = dom.window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

async function read(text) {
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const states = [...db.getStates().values()].map((state) => ({
    id: state.id,
    type: state.type,
    lines: state.descriptions,
    classes: state.classes,
    note: state.note?.text ?? null,
  }));
  const moves = db.getRelations().map((one) => ({ source: one.id1, target: one.id2, label: one.relationTitle ?? "" }));
  return { states, moves };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await read(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
