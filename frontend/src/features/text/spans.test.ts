import { describe, expect, it } from "vitest";
import { COLOURS, TextMap, colourOf, inOrder, type Span } from "./spans";

function element(html: string): HTMLElement {
  const root = document.createElement("div");
  root.innerHTML = html;
  document.body.replaceChildren(root);
  return root;
}

function select(from: Node, start: number, to: Node, end: number): Range {
  const range = document.createRange();
  range.setStart(from, start);
  range.setEnd(to, end);
  return range;
}

const ANSWER = "<p>The <strong>capital</strong> of France is Lyon.</p>\n<p>It is big. 人口两百万。位于法国。</p>\n";

describe("a marked passage", () => {
  it("is what a selection covers, over elements and without the space around", () => {
    const root = element(ANSWER);
    const map = new TextMap(root);
    const [first, second] = root.querySelectorAll("p");
    const passage = map.passage(select(first!.firstChild!, 3, first!.lastChild!, 11))!;
    expect(passage).toEqual({ start: 4, end: 21, quote: "capital of France" });
    expect(map.text.slice(passage.start, passage.end)).toBe(passage.quote);
    expect(map.passage(select(first!, 0, second!, 0))?.quote).toBe("The capital of France is Lyon.");
    expect(map.passage(select(root, 0, root, root.childNodes.length))?.end).toBe(map.text.trimEnd().length);
  });

  it("is none outside the answer, and none of nothing", () => {
    const root = element(ANSWER);
    const outside = document.createElement("p");
    outside.textContent = "outside";
    document.body.append(outside);
    const map = new TextMap(root);
    expect(map.passage(select(outside.firstChild!, 0, outside.firstChild!, 3))).toBeNull();
    expect(map.passage(select(root.querySelector("p")!.firstChild!, 3, root.querySelector("p")!.firstChild!, 4))).toBeNull();
  });

  it("finds its place again, and itself by its words where the text has moved", () => {
    const map = new TextMap(element(ANSWER));
    const passage = { start: 4, end: 21, quote: "capital of France" };
    expect(map.range(map.find(passage)!).toString()).toBe("capital of France");
    const moved = new TextMap(element(`<h2>A heading</h2>\n${ANSWER}`));
    expect(moved.range(moved.find(passage)!).toString()).toBe("capital of France");
    expect(moved.find({ ...passage, quote: "not there" })).toBeNull();
  });

  it("of words that stand there twice is the nearer one", () => {
    const map = new TextMap(element("<p>no no no</p>"));
    expect(map.find({ start: 5, end: 7, quote: "no" })?.start).toBe(6);
    expect(map.find({ start: 4, end: 6, quote: "no" })?.start).toBe(3);
  });
});

describe("sentences", () => {
  it("are found in both languages, none over the end of a line", () => {
    const map = new TextMap(element(ANSWER));
    expect(map.sentences("zh-Hans").map((each) => each.quote)).toEqual([
      "The capital of France is Lyon.",
      "It is big.",
      "人口两百万。",
      "位于法国。",
    ]);
    for (const each of map.sentences("en")) expect(map.text.slice(each.start, each.end)).toBe(each.quote);
  });
});

describe("marks", () => {
  it("stand in the order of the text", () => {
    const span = (start: number, end: number): Span => ({ start, end, quote: "", flag: null, note: "" });
    expect(inOrder([span(5, 6), span(0, 3), span(0, 9)])).toEqual([span(0, 9), span(0, 3), span(5, 6)]);
  });

  it("of one flag look alike, and without a flag like no flag", () => {
    const flags = ["hallucination", "harmful"];
    expect([colourOf("hallucination", flags), colourOf("harmful", flags)]).toEqual([0, 1]);
    expect(colourOf(null, flags)).toBe(COLOURS - 1);
    expect(colourOf("gone", flags)).toBe(COLOURS - 1);
  });
});
