// Reads diagrams, a JSON string a line, with the real Mermaid; answers each with a line of JSON.
import { createInterface } from "node:readline";
import { JSDOM } from "jsdom";

const dom = new JSDOM("<!doctype html><body></body>");
globalThis.window = dom.window;
globalThis.document = dom.window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

// Every state that is named within a superstate, at any depth, with what is said of it.
function* within(statements) {
  for (const one of statements.filter((each) => each.stmt === "state")) {
    yield one;
    yield* within(one.doc ?? []);
  }
}

async function read(text) {
  const { db, type } = await mermaid.mermaidAPI.getDiagramFromText(text);
  if (type === "sequence") {
    const names = new Map([...db.getActors().values()].map((actor) => [actor.name, actor.description]));
    const messages = db.getMessages().map((one) => ({
      from: names.get(one.from), to: names.get(one.to), text: one.message, type: one.type,
    }));
    return { participants: [...names.values()], messages };
  }
  const found = new Map([...db.getStates().values()].map((state) => [state.id, state]));
  const lines = new Map();
  for (const one of within([...found.values()].flatMap((state) => state.doc ?? []))) {
    if (!found.has(one.id)) found.set(one.id, { ...one, descriptions: [], classes: [] });
    if (one.description) lines.set(one.id, [...(lines.get(one.id) ?? []), one.description]);
  }
  const states = [...found.values()].map((state) => ({
    id: state.id,
    type: state.type,
    lines: state.descriptions.length > 0 ? state.descriptions : (lines.get(state.id) ?? []),
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
