// Reads diagrams, a JSON string a line, with the real Mermaid; answers each with a line of JSON.
import { createInterface } from "node:readline";
import { JSDOM } from "jsdom";

const dom = new JSDOM("<!doctype html><body></body>");
globalThis.window = dom.window;
globalThis.document = dom.window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

function described(statements) {
  return statements.filter((one) => one.stmt === "state" && one.description);
}

async function read(text) {
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const found = [...db.getStates().values()];
  const within = new Map(); // what a superstate says of the states in it
  for (const one of described(found.flatMap((state) => state.doc ?? []))) {
    within.set(one.id, [...(within.get(one.id) ?? []), one.description]);
  }
  const states = found.map((state) => ({
    id: state.id,
    type: state.type,
    lines: state.descriptions.length > 0 ? state.descriptions : (within.get(state.id) ?? []),
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
