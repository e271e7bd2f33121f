import { describe, expect, it } from "vitest";
import { makeVisible } from "./characters";
import { renderMarkdown } from "./markdown";

function dom(source: string): HTMLElement {
  const element = document.createElement("div");
  element.innerHTML = renderMarkdown(source);
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
  "`<img src=x onerror=alert(1)>`",
  "| <img src=x onerror=alert(1)> |\n|---|\n| <svg onload=alert(1)> |",
  "[ref]: javascript:alert(1)\n\n[ref]",
  "<details open ontoggle=alert(1)>",
  "<video><source onerror=alert(1)>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "\u202e<script>\u200balert(1)</script>",
];

describe("text written by strangers", () => {
  it.each(HOSTILE)("cannot do anything: %s", (source) => {
    const element = dom(source);
    expect(element.querySelectorAll("script, img, svg, iframe, style, link, base, form, video, math, details, object, embed")).toHaveLength(0);
    for (const node of element.querySelectorAll("*")) {
      for (const { name, value } of node.attributes) {
        expect(["href", "rel", "target", "referrerpolicy", "class", "title", "start"]).toContain(name);
        if (name === "href") expect(value).toMatch(/^(https?|mailto):/);
      }
    }
  });

  it("loses nothing: HTML is shown as the text it is", () => {
    expect(dom("<script>let a</script>").textContent).toContain("<script>let a</script>");
    expect(dom("a <b>bold</b> claim").textContent).toContain("a <b>bold</b> claim");
  });

  it("turns images into words", () => {
    const element = dom("![a cat](https://evil.example/cat.png)");
    expect(element.querySelector(".imageChip")?.textContent).toContain("a cat · evil.example");
  });

  it("says where a link leads, whatever it calls itself", () => {
    const link = dom("[https://bank.example](https://evil.example/login)").querySelector("a")!;
    expect(link.textContent).toBe("https://bank.example (evil.example)");
    expect(link.rel).toContain("noopener");
    expect(link.rel).toContain("noreferrer");
    expect(link.target).toBe("_blank");
  });

  it("sets Chinese emphasis where Chinese puts it", () => {
    const bold = [...dom("**“注意”**这是测试。这是**重点：**内容").querySelectorAll("strong")];
    expect(bold.map((each) => each.textContent)).toEqual(["“注意”", "重点："]);
  });

  it("keeps tables, code and line breaks", () => {
    expect(dom("| a | b |\n|---|---|\n| 1 | 2 |").querySelectorAll("td")).toHaveLength(2);
    expect(dom("```py\nx < 1\n```").querySelector("pre code")?.textContent).toBe("x < 1\n");
    expect(dom("一\n二").querySelectorAll("br")).toHaveLength(1);
  });
});

describe("characters that hide", () => {
  it("are shown by number", () => {
    const shown = makeVisible("a\u202eb\u200bc").map((part) => part.text).join("");
    expect(shown).toBe("a⟨U+202E⟩b⟨U+200B⟩c");
    expect(dom("pay \u202e001$").querySelector(".hiddenChar")?.textContent).toBe("⟨U+202E⟩");
    expect(dom("`rm\u2066 -rf`").querySelector("code .hiddenChar")).not.toBeNull();
  });

  it("include controls and lone surrogates, but not line feeds and tabs", () => {
    const parts = makeVisible("\u0007\ud800\n\t");
    expect(parts.map((part) => part.hidden)).toEqual(["U+0007", "U+D800", undefined]);
    expect(parts[0]?.text).toBe("␇");
  });

  it("leave emoji and Chinese alone", () => {
    for (const text of ["👩‍💻", "👩🏽‍💻", "🏳️‍🌈", "你好，世界。", "é"]) {
      expect(makeVisible(text)).toEqual([{ text }]);
    }
  });
});
