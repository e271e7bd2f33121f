import { describe, expect, it } from "vitest";
import { highlightLines } from "./code";
import { formula } from "./math";
import { Document, type Tools } from "./pieces";
import { sanitize } from "./sanitize";

const TOOLS: Tools = { formula, highlight: highlightLines };

function dom(source: string, tools: Tools = TOOLS): HTMLElement {
  const element = document.createElement("div");
  element.innerHTML = new Document(source).pieces(tools).map(sanitize).join("");
  return element;
}

const HOSTILE = [
  "<script>window.hit = 1</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<svg><animate onbegin=alert(1) attributeName=x></svg>",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<style>@import url(https://evil.example/x.css)</style>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<base href=https://evil.example/>",
  "<form action=https://evil.example><button>go</button></form>",
  "<a href=javascript:alert(1)>x</a>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java&#10;script:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](vbscript:msgbox)",
  "[x](//evil.example/y)",
  "![x](https://evil.example/pixel.png)",
  "![x](javascript:alert(1))",
  '![x" onerror="alert(1)](https://evil.example/p.png)',
  '[x](https://a.example "onmouseover=alert(1)")',
  "<https://a.example/\"onmouseover=alert(1)>",
  "```<img src=x onerror=alert(1)>\n<img src=x onerror=alert(1)>\n```",
  '```py" onload="alert(1)\nx\n```',
  "`<img src=x onerror=alert(1)>`",
  "| <img src=x onerror=alert(1)> |\n|---|\n| <svg onload=alert(1)> |",
  "[ref]: javascript:alert(1)\n\n[ref]",
  "<details open ontoggle=alert(1)>",
  "<video><source onerror=alert(1)>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "\u202e<script>\u200balert(1)</script>",
  "$\\href{javascript:alert(1)}{x}$",
  "$\\url{javascript:alert(1)}$ \\(\\includegraphics{https://evil.example/x.png}\\)",
  "$$\\htmlStyle{position:fixed;inset:0}{x} \\htmlClass{a}{b} \\htmlId{c}{d}$$",
  "$\\text{<img src=x onerror=alert(1)>}$",
  "$\\text{</mtext><script>alert(1)</script>}$",
  "$\\text{<style><img src=x onerror=alert(1)></style>}$",
  "$\\unicode{x3c}script>$ $\\char\"3c$",
];
const ATTRIBUTES = /^(href|rel|target|referrerpolicy|class|title|start|dir|data-lang)$/;

describe("text written by strangers", () => {
  it.each(HOSTILE)("cannot do anything: %s", (source) => {
    const element = dom(source);
    const refused =
      "script, img, svg, iframe, style, link, base, form, video, details, object, embed, " +
      "annotation, annotation-xml, semantics, maction, mglyph, [style], [id], [name]";
    expect(element.querySelectorAll(refused)).toHaveLength(0);
    for (const node of element.querySelectorAll("*:not(math, math *)")) {
      for (const { name, value } of node.attributes) {
        expect(name).toMatch(ATTRIBUTES);
        if (name === "href") expect(value).toMatch(/^(https?|mailto):/);
      }
    }
    for (const node of element.querySelectorAll("math, math *")) {
      expect(node.namespaceURI).toBe("http://www.w3.org/1998/Math/MathML");
      for (const { name } of node.attributes) expect(name).not.toMatch(/^on|href|style|src|color|background/);
    }
  });

  it("loses nothing: HTML is shown as the text it is", () => {
    expect(dom("<script>let a</script>").textContent).toContain("<script>let a</script>");
    expect(dom("a <b>bold</b> claim").textContent).toContain("a <b>bold</b> claim");
    expect(dom("[1]: https://a.example/x").textContent).toContain("[1]: https://a.example/x");
  });

  it("says when it is nested deeper than the parser reads, or wider than anybody", () => {
    expect(new Document(`${">".repeat(10_000)}deep`).unreadable).toBe(true);
    expect(new Document(`${">".repeat(9)}fine`).unreadable).toBe(false);
    const list = Array.from({ length: 60 }, (_, depth) => `${" ".repeat(depth * 2)}- a`).join("\n");
    expect(new Document(list).unreadable).toBe(true);
    const table = (rows: number) => `${"|a".repeat(1_000)}|\n${"|-".repeat(1_000)}|\n${"|b|\n".repeat(rows)}`;
    expect([table(5), table(50)].map((source) => new Document(source).unreadable)).toEqual([false, true]);
  });

  it("turns images into words", () => {
    const element = dom("![a cat](https://evil.example/cat.png)");
    expect(element.querySelector(".imageChip")?.textContent).toContain("a cat · evil.example");
  });

  it("says where a link leads, whatever it calls itself", () => {
    const link = dom("[https://bank.example](https://bank.example@evil.example/login)").querySelector("a")!;
    expect(link.textContent).toBe("https://bank.example (evil.example)");
    expect(link.rel).toContain("noopener");
    expect(link.rel).toContain("noreferrer");
    expect(link.target).toBe("_blank");
    expect(dom("[x](/api/me)").querySelector("a[href]")).toBeNull();
    expect(dom("[x](/api/me)").textContent).toContain("x (/api/me)");
  });
});

describe("Markdown", () => {
  it("sets Chinese emphasis where Chinese puts it", () => {
    const bold = [...dom("**“注意”**这是测试。这是**重点：**内容").querySelectorAll("strong")];
    expect(bold.map((each) => each.textContent)).toEqual(["“注意”", "重点："]);
  });

  it("keeps tables, code and line breaks", () => {
    expect(dom("| a | b |\n|---|--:|\n| 1 | 2 |").querySelectorAll("td")).toHaveLength(2);
    expect(dom("| a | b |\n|---|--:|\n| 1 | 2 |").querySelector("td.right")?.textContent).toBe("2");
    expect(dom("| a |\n|---|\n| 1 |").querySelector(".scroller > table")).not.toBeNull();
    expect(dom("```py\nx < 1\n```").querySelector("pre code")?.textContent).toBe("x < 1\n");
    expect(dom("一\n二").querySelectorAll("br")).toHaveLength(1);
  });

  it("runs every block the way its first letter runs", () => {
    const element = dom("hello\n\nمرحبا hello\n\n- שלום\n- b\n\n> 1. مرحبا\n\n`مرحبا`");
    const ways = [...element.children].map((block) => [block.tagName, block.getAttribute("dir")]);
    expect(ways).toEqual([
      ["P", null],
      ["P", "rtl"],
      ["UL", "rtl"],
      ["BLOCKQUOTE", "rtl"],
      ["P", "rtl"],
    ]);
    expect(element.querySelectorAll("li")[1]?.getAttribute("dir")).toBeNull();
  });
});

describe("code", () => {
  it("is coloured in the language that the answer names, and stays the same text", () => {
    const pre = dom('```python\ndef f(x):\n    """a\n    b"""\n    return x < 1\n```').querySelector("pre")!;
    expect(pre.querySelector(".hljs-keyword")?.textContent).toBe("def");
    expect(pre.getAttribute("data-lang")).toBe("python");
    expect(pre.textContent).toBe('def f(x):\n    """a\n    b"""\n    return x < 1\n');
  });

  it("stays plain without a language, with an unknown one, and when it is very long", () => {
    for (const source of ["```\ndef f(): pass\n```", "```klingon\ndef f(): pass\n```"])
      expect(dom(source).querySelector("pre span")).toBeNull();
    expect(dom(`\`\`\`python\n${"x = 1\n".repeat(20_000)}\`\`\``).querySelector("pre span")).toBeNull();
  });
});

describe("formulas", () => {
  it.each([
    ["$x^2$", "inline"],
    ["\\(x^2\\)", "inline"],
    ["$$x^2$$", "block"],
    ["\\[x^2\\]", "block"],
    ["so $$x^2$$ holds", "block"],
    ["so \\[x^2\\] holds", "block"],
    ["$$\nx^2\n$$", "block"],
    ["1. a\n\n   \\[\n   x^2\n   \\]", "block"],
  ])("%s is set %s", (source, display) => {
    const math = dom(source).querySelector("math");
    expect(math?.querySelector("msup")?.textContent).toBe("x2");
    expect(math?.getAttribute("display")).toBe(display === "block" ? "block" : null);
    expect(dom(source).querySelector(".formulaBlock") !== null).toBe(display === "block");
  });

  it.each([
    ["$$x^2$$ inline $a\\neq 0$, costs $5 and $6", ["x2", "a≠0"], "inline , costs $5 and $6"],
    ["$$x^2$$ is the answer.\n\nSecond **bold**\n\n- item", ["x2"], "is the answer. Second bold item"],
    ["\\[x^2\\] is it.\n\nAnd\n\\[y^2\\]", ["x2", "y2"], "is it. And"],
    ["$$x^2$$ and $$y^2$$", ["x2", "y2"], "and"],
    ["$$\nx^2\n$$.\n\nSecond", ["x2"], ". Second"],
    ["> $$x^2$$, so\n> $$\n> y^2\n> $$\n\nSecond", ["x2", "y2"], ", so Second"],
    ["$$ is money.\n\nSecond **bold**", [], "$$ is money. Second bold"],
  ])("leave what stands beside them as it is: %s", (source, formulas, words) => {
    const element = dom(source);
    expect([...element.querySelectorAll("math")].map((math) => math.textContent)).toEqual(formulas);
    for (const math of element.querySelectorAll("math")) math.remove();
    expect(element.textContent?.replace(/\s/g, "")).toBe(words.replace(/\s/g, ""));
  });

  it("are not seen where money is meant", () => {
    for (const text of ["价格从 $5 涨到 $10", "it costs $5 or $ 6 and $7", "\\$x\\$"])
      expect(dom(text).querySelector("math")).toBeNull();
  });

  it("are shown as written where they are no formulas, or would never end", () => {
    const bombs = ["\\frac{1}{", "\\def\\a{\\a\\a}\\a", `${"\\sqrt{".repeat(600)}x${"}".repeat(600)}`];
    for (const bomb of bombs) {
      const code = dom(`$${bomb}$`).querySelector(".formula code.tex");
      expect(code?.textContent).toBe(bomb);
    }
  });

  it("are shown as written where a character hides in them", () => {
    expect(dom("$\\text{a\u202eb}$").querySelector("code.tex")?.textContent).toBe("\\text{a⟨U+202E⟩b}");
  });

  it("hide nothing and cover nothing", () => {
    const math = dom("$\\phantom{secret}\\hskip-50em\\textcolor{white}{pale}\\llap{left}\\tiny small$").querySelector("math")!;
    expect(math.textContent).toMatch(/secret.*pale.*left.*small/);
    expect(math.outerHTML).not.toMatch(/mphantom|mpadded|width="-|color|mathsize|style=/);
    expect(dom("$\\rule{9999em}{9999em}$").innerHTML).not.toMatch(/\d{3,}em/);
  });

  it("stand as they were written until the tool is there", () => {
    expect(dom("a $x^2$ b", {}).textContent).toBe("a x^2 b\n");
  });
});

describe("very long texts", () => {
  const texts: [string, string][] = [
    ["one line", "word ".repeat(40_000)],
    ["one line without a space", "字".repeat(100_000)],
    ["5,000 lines", "a line of **bold** text\n".repeat(5_000)],
    ["5,000 items", "1. an item\n".repeat(5_000)],
    ["a wide and long table", `|a${"|a".repeat(99)}|\n|-${"|-".repeat(99)}|\n${`|b${"|b".repeat(99)}|\n`.repeat(200)}`],
    ["long code", `\`\`\`\n${"let x = 1;\n".repeat(9_000)}\`\`\``],
    ["one line of code", `\`\`\`\n${"x".repeat(100_000)}\n\`\`\``],
    ["hidden characters", "a\u200b".repeat(30_000)],
    ["emphasis", "*a* ".repeat(30_000)],
  ];
  it.each(texts)("come in pieces that lose nothing: %s", (_name, text) => {
    const pieces = new Document(text).pieces(TOOLS);
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(20_000);
    const letters = (from: string) => from.replace(/[\s*`|\d.⟨⟩U+-]/g, "").length;
    const shown = pieces.join("").replace(/<[^>]*>/g, "");
    if (!text.includes("\u200b")) expect(letters(shown)).toBe(letters(text));
    else expect(shown.match(/U\+200/g)).toHaveLength(30_000);
  });

  it("keep the numbers of their items", () => {
    const element = dom("1. an item\n".repeat(1_500));
    const lists = [...element.querySelectorAll("ol")];
    let number = 1;
    for (const list of lists) {
      expect(list.start).toBe(number);
      number += list.children.length;
    }
    expect(lists.length).toBeGreaterThan(3);
  });
});
