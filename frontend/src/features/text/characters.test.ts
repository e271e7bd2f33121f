import { describe, expect, it } from "vitest";
import { makeVisible, visibleHtml } from "./characters";
import { direction } from "./direction";
import { slices } from "./slices";

const shown = (text: string) => makeVisible(text).map((part) => part.text).join("");

describe("characters that hide", () => {
  it("are shown by number", () => {
    expect(shown("a\u202eb\u200bc")).toBe("a⟨U+202E⟩b⟨U+200B⟩c");
    expect(visibleHtml("pay \u202e<1$")).toBe(
      'pay <span class="hiddenChar" title="U+202E">⟨U+202E⟩</span>&lt;1$',
    );
  });

  it("include controls and lone surrogates, but not line feeds and tabs", () => {
    const parts = makeVisible("\u0007\ud800\n\t");
    expect(parts.map((part) => part.hidden)).toEqual(["U+0007", "U+D800", undefined]);
    expect(parts[0]?.text).toBe("␇");
  });

  it("are counted where one comes many times in a row", () => {
    expect(shown(`a${"\u200b".repeat(4)}b`)).toBe(`a${"⟨U+200B⟩".repeat(4)}b`);
    expect(shown(`a${"\u200b".repeat(9000)}b`)).toBe("a⟨U+200B ×9000⟩b");
    expect(shown("\u200b\u200c".repeat(9))).toBe("⟨U+200B U+200C ×18⟩");
    expect(shown("\u0001\u0002\u0003\u0004\u0005")).toBe("⟨U+0001 U+0002 U+0003 … ×5⟩");
  });

  it("leave emoji and Chinese alone", () => {
    for (const text of ["👩‍💻", "👩🏽‍💻", "🏳️‍🌈", "🇨🇳🇫🇷", "你好，世界。", "é", "e\u0301\u0302"]) {
      expect(makeVisible(text)).toEqual([{ text }]);
    }
  });

  it("include accents piled up to paint over other lines", () => {
    expect(shown(`z${"\u0301".repeat(500)}`)).toBe(`z${"\u0301".repeat(8)}⟨U+0301 ×492⟩`);
  });
});

describe("slices", () => {
  it("are the text, cut where it hurts least", () => {
    for (const text of ["a b c d e f g h", "字".repeat(30), "👩🏽‍💻".repeat(9), "aaaa\nbbbb\ncc", "", "x"]) {
      expect(slices(text, 8).join("")).toBe(text);
    }
    expect(slices("aaaa\nbbbb\ncc", 8)).toEqual(["aaaa\n", "bbbb\ncc"]);
    expect(slices("aaa bbb ccc", 8)).toEqual(["aaa bbb ", "ccc"]);
    expect(slices("abc👍", 4)).toEqual(["abc", "👍"]);
    expect(slices(`abcde${"\u0301".repeat(2)}fg`, 6)).toEqual(["abcd", "e\u0301\u0301fg"]);
  });
});

describe("direction", () => {
  it("is that of the first letter", () => {
    expect(direction("1. «مرحبا» hello")).toBe("rtl");
    expect(direction("hello مرحبا")).toBe("ltr");
    expect(direction("你好 שלום")).toBe("ltr");
    expect(direction("123 …")).toBeUndefined();
  });
});
