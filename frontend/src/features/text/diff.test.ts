import { describe, expect, it } from "vitest";
import { difference, tidy, tokens, type Part } from "./diff";
import { rows } from "./diffRows";

const side = (parts: Part[], kind: "left" | "right") =>
  parts.filter((part) => part.kind === "same" || part.kind === kind).map((part) => part.text).join("");
const written = (parts: Part[]) =>
  parts.map(({ kind, text }) => (kind === "same" ? text : kind === "left" ? `[-${text}-]` : `[+${text}+]`)).join("");

describe("the difference of two texts", () => {
  it("is by words", () => {
    expect(written(difference("The quick brown fox", "The quick red fox"))).toBe("The quick [-brown-][+red+] fox");
    expect(written(difference("I don't know", "I do know"))).toBe("I [-don't-][+do+] know");
  });

  it("is by characters for Chinese and Japanese", () => {
    expect(written(difference("我喜欢吃苹果和香蕉", "我喜欢吃橘子和香蕉"))).toBe("我喜欢吃[-苹果-][+橘子+]和香蕉");
    expect(written(difference("東京に行きます", "京都に行きます"))).toBe("[-東京-][+京都+]に行きます");
  });

  it("never cuts a word, an emoji or an accent", () => {
    expect(tokens("don't 👩🏽‍💻🇨🇳e\u0301x 你好2x")).toEqual(["don't", " ", "👩🏽‍💻", "🇨🇳", "e\u0301x", " ", "你", "好", "2x"]);
  });

  it("counts what is the same by chance as changed", () => {
    const parts = difference("Cats sleep in the sun all day.", "Trains leave from the station at noon.");
    expect(parts.filter((part) => part.kind !== "same").length).toBeLessThanOrEqual(2);
  });

  it("says so when there is none", () => {
    expect(difference("一样\n的", "一样\n的")).toEqual([{ kind: "same", text: "一样\n的" }]);
    expect(difference("", "")).toEqual([]);
    expect(difference("", "x")).toEqual([{ kind: "right", text: "x" }]);
  });

  it("always gives both texts back", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    const words = ["a", "b ", "的", "是", "\n", "\n\n", "word ", ".", "👍", "  ", "。", "e\u0301"];
    const text = () => Array.from({ length: random(40) }, () => words[random(words.length)]).join("");
    for (let round = 0; round < 500; round++) {
      const [left, right] = [text(), text()];
      for (const parts of [difference(left, right), difference(left, right, 0)]) {
        expect(side(parts, "left")).toBe(left);
        expect(side(parts, "right")).toBe(right);
        expect(rows(parts).map((row) => row.left.map((each) => each.text).join("")).join("")).toBe(left);
        expect(rows(parts).map((row) => row.right.map((each) => each.text).join("")).join("")).toBe(right);
      }
    }
  });

  it("ends in time on 200 kB that have nothing in common, and still finds a changed word", () => {
    const text = Array.from({ length: 30_000 }, (_, index) => `w${(index * 7919) % 30_011} `).join("");
    const other = Array.from({ length: 30_000 }, (_, index) => `v${(index * 104_729) % 30_011} `).join("");
    const start = performance.now();
    const parts = difference(text, other);
    expect(performance.now() - start).toBeLessThan(6_000); // ten times what it takes here
    expect(side(parts, "left")).toBe(text);
    const changed = difference(text, text.replace("w7919 ", "changed "));
    expect(changed.filter((part) => part.kind !== "same").map((part) => part.text)).toEqual(["w7919", "changed"]);
  });
});

describe("tidy", () => {
  it("keeps paragraphs apart and long agreement whole", () => {
    const parts: Part[] = [
      { kind: "left", text: "aaaaaaaa" },
      { kind: "same", text: "\n\n" },
      { kind: "right", text: "bbbbbbbb" },
      { kind: "same", text: "a long agreement" },
      { kind: "left", text: "c" },
    ];
    expect(tidy(parts)).toEqual(parts);
  });
});

describe("rows", () => {
  it("break where both texts break a line", () => {
    const found = rows(difference("one\ntwo\nthree", "one\n2\nthree"));
    expect(found.map((row) => [row.left.map((each) => each.text).join(""), row.right.map((each) => each.text).join("")])).toEqual([
      ["one\n", "one\n"],
      ["two\n", "2\n"],
      ["three", "three"],
    ]);
    expect(found.map((row) => row.same)).toEqual([true, false, true]);
  });

  it("stay short however long the lines are", () => {
    const found = rows([
      { kind: "left", text: "x".repeat(100_000) },
      { kind: "right", text: "y ".repeat(500) },
      { kind: "same", text: "z".repeat(100_000) },
    ]);
    for (const row of found) {
      expect(row.left.reduce((sum, each) => sum + each.text.length, 0)).toBeLessThanOrEqual(4_000);
      expect(row.right.reduce((sum, each) => sum + each.text.length, 0)).toBeLessThanOrEqual(4_000);
    }
  });
});
