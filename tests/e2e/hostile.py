"""Hostile texts, made here: each would set `window.hit`, ask another host, open something, hide its
words, paint over the page or keep it busy, if the page let it. None holds U+0000 or lone surrogates,
which the database refuses."""

from collections.abc import Iterator

EVIL = "https://evil.example"

# Markup that runs script, loads something or changes the page wherever it is taken for markup.
MARKUP = [
    "<script>window.hit='script'</script>",
    f"<script src={EVIL}/x.js></script>",
    "<img src=x onerror=\"window.hit='img'\">",
    f"<img src={EVIL}/pixel.png>",
    f'<img srcset="{EVIL}/a.png 1x">',
    "<svg onload=\"window.hit='svg'\"><circle r=9></svg>",
    "<svg><script>window.hit='svgscript'</script></svg>",
    "<svg><animate onbegin=\"window.hit='animate'\" attributeName=x dur=1s></svg>",
    f"<svg><image href={EVIL}/x.svg></svg>",
    f'<svg><use href="{EVIL}/x.svg#a"></use></svg>',
    "<svg><foreignObject><body onload=\"window.hit='fo'\"></foreignObject></svg>",
    "<svg><style>*{display:none}</style></svg>",
    "<math><mtext><mglyph><style><img src=x onerror=\"window.hit='math'\"></style></mglyph></math>",
    "<math><mi//xlink:href=\"javascript:window.hit='mi'\">x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:window.hit='act'>x</maction></math>",
    "<math><annotation-xml encoding=text/html><img src=x onerror=\"window.hit='ann'\"></math>",
    '<form><math><mtext></form><form><mglyph><style></math><img src onerror="window.hit=1">',
    "<iframe srcdoc=\"<script>parent.hit='iframe'</script>\"></iframe>",
    f"<iframe src={EVIL}/></iframe>",
    "<object data=javascript:window.hit='object'></object>",
    f"<embed src={EVIL}/x.swf>",
    f"<style>@import url({EVIL}/steal.css); body {{ display: none }}</style>",
    f"<link rel=stylesheet href={EVIL}/steal.css>",
    f"<link rel=prefetch href={EVIL}/p>",
    f"<meta http-equiv=refresh content='0;url={EVIL}/'>",
    f"<base href={EVIL}/>",
    f"<form action={EVIL}><input autofocus onfocus=\"window.hit='form'\"></form>",
    "<a href=\"javascript:window.hit='a'\">click me</a>",
    "<a href=# onclick=\"window.hit='onclick'\">click me</a>",
    "<details open ontoggle=\"window.hit='toggle'\"><summary>x</summary></details>",
    "<video autoplay><source onerror=\"window.hit='video'\"></video>",
    f"<audio src={EVIL}/a.mp3 autoplay></audio>",
    "<body onload=\"window.hit='body'\">",
    "<input type=image src=x onerror=\"window.hit='input'\">",
    "<marquee onstart=\"window.hit='marquee'\">x</marquee>",
    "<select autofocus onfocus=\"window.hit='select'\"></select>",
    "<template><script>window.hit='template'</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=window.hit='ns'>\"></noscript>",
    "<xmp><p title=\"</xmp><svg onload=window.hit='xmp'>\"></xmp>",
    "<!--><img src=x onerror=\"window.hit='comment'\">-->",
    "<![CDATA[><img src=x onerror=\"window.hit='cdata'\">]]>",
    "<?xml-stylesheet href=javascript:window.hit='pi'?>",
    '<div style="position:fixed;inset:0;background:red">over everything</div>',
    f'<p style="background:url({EVIL}/b.png)">x</p>',
    "<x-evil onclick=\"window.hit='custom'\" tabindex=1>x</x-evil>",
    "<dialog open>Your session has ended. Type your password: <input></dialog>",
    "<button popovertarget=root>x</button>",
    f"<portal src={EVIL}></portal>",
    f"<frameset><frame src={EVIL}></frameset>",
    "<plaintext>the rest of the page",
    "<textarea><img src=x onerror=\"window.hit='textarea'\"></textarea>",
    "<img src=x:x onerror\x0c=\"window.hit='ff'\">",
    "<img/src='x'/onerror=window.hit='slash'>",
    "<IMG SRC=x oNeRrOr=window.hit='case'>",
    "<<script>script>window.hit='double'<</script>/script>",
    "<scr\u200bipt>window.hit='zw'</scr\u200bipt>",
]
CLOBBER = ["hit", "root", "body", "head", "cookie", "forms", "currentScript", "getElementById",
    "attributes", "nodeName", "parentNode", "innerHTML", "__proto__", "constructor", "location",
]  # fmt: skip
ADDRESSES = [
    "javascript:window.hit='link'", "JaVaScRiPt:window.hit='case'", "java&#10;script:window.hit='nl'",
    "java&Tab;script:window.hit='tab'", "&#106;avascript:window.hit='entity'",
    "javascript&colon;window.hit='colon'", "\\javascript:window.hit='slash'", "%6aavascript:window.hit=1",
    "data:text/html,<script>opener.hit='data'</script>", "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml,<svg onload=window.hit=1>", "vbscript:msgbox(1)", "blob:https://evil.example/x",
    "file:///etc/passwd", "ftp://evil.example/x", "ws://evil.example", "view-source:https://evil.example",
    "about:blank", "chrome://settings", "intent://evil#Intent;end", "tel:+123456", "sms:+123456",
    "mailto:a@evil.example?cc=b@evil.example", "magnet:?xt=urn:x", "//evil.example/x", "\\\\evil.example\\x",
    "/api/me", "../../sign-in", "#root", "?next=//evil.example", "https://good.example@evil.example/",
    "https://еvil.example/", "https://xn--vil-3ed.example/", "http://[::1]:80/", "http://0x7f.1/",
    "https://evil.example\u202egpj.exe", "https://evil.example/\"onmouseover=window.hit='quote'",
    "https://evil.example/'><img/src/onerror=window.hit=1>", "https:evil.example", "http:///evil.example",
]  # fmt: skip
FORMULAS = [
    r"\href{javascript:window.hit='href'}{click me}", r"\url{javascript:window.hit='url'}",
    rf"\includegraphics{{{EVIL}/x.png}}", r"\htmlClass{a}{b}", r"\htmlId{root}{b}",
    r"\htmlStyle{position:fixed;inset:0;background:red}{b}", r"\htmlData{a=b}{c}",
    r"\text{<img src=x onerror=window.hit='text'>}", r"\text{</mtext></math><script>window.hit=1</script>}",
    r"\text{<style>*{display:none}</style>}", r"\text{\u202e}", "\\text{a\u202eb}",
    r"\def\a{\a\a}\a", r"\def\a{\b}\def\b{\a}\a", r"\newcommand{\x}{\x\x}\x",
    r"\def\a{xxxxxxxxxx}\def\b{\a\a\a\a\a\a\a\a\a\a}\def\c{\b\b\b\b\b\b\b\b\b\b}\c\c\c\c\c\c\c\c\c",
    r"\edef\a{xx}" + r"\edef\a{\a\a}" * 40 + r"\a", r"\gdef\frac{\frac}\frac12", r"\global\let\x=\y",
    r"\rule{99999em}{99999em}", r"\rule{-99em}{9em}", r"\kern-99em x", r"\hskip-500em over there",
    r"\raisebox{99em}{up}", r"\smash{x}\llap{over}\rlap{over}", r"\phantom{secret}\color{white}pale",
    r"\textcolor{#ffffff}{pale}\colorbox{black}{x}", r"\tiny{\tiny{\tiny small}}", r"\Huge\Huge huge",
    r"\frac{1}{" * 800 + "1" + "}" * 800, r"\sqrt{" * 700 + "x" + "}" * 700, "x^{" * 900 + "}" * 900,
    r"\left(" * 600 + r"\right)" * 600, r"\begin{matrix}" * 100 + r"\end{matrix}" * 100,
    r"\begin{array}{" + "c" * 300 + "}" + ("1&" * 299 + r"1\\") * 4 + r"\end{array}",
    "x+" * 1900, r"\begin{", r"\verb|<script>|", r"\char`\<script>", r"\unicode{x202e}", "%", "{" * 500, "}" * 500,
    r"\mathchoice{a}{b}{c}{d}" * 100, r"\overset{\overset{\overset{a}{b}}{c}}{d}" * 40, r"\cancel{\fbox{x}}",
]  # fmt: skip
HIDING = [
    "pay \u202e001$\u202c now", "\u2066\u2067\u2068 nested isolates", "\u202e" * 3000, "a\u200bb" * 3000,
    "\u200b\u200c\u200d\u2060" * 4000, "\ufeff\u00ad\u034f\u061c", "\u2028 line \u2029 paragraph",
    "\U000e0041\U000e0042 tags", "\x1b[31mred\x1b[0m", "\x07\x08\x7f\x9b", "\ufff9a\ufffab\ufffb",
    "z" + "\u0301" * 20_000, "ก" + "็" * 3000, "\u115f\u1160\u3164\uffa0 fillers", "\u0300\u0301 alone",
    "`rm \u2066-rf\u2069 /`", "[\u202egro.doog](https://evil.example)", "![\u202e](https://evil.example/a.png)",
    "```\u202epy\nx\n```", "| \u202e | \u200b |\n|---|---|\n| \u2066 | \u2069 |", "&#x202e;entity &#8203; &zwj; &shy;",
    "a\tb\r\nc\rd\ve\ff", "𐀀" * 5000, "\ufe0f" * 500, "\u00a0" * 5000,
]  # fmt: skip
SCRIPTS = [
    "🇨🇳🇫🇷" * 2000, "👩🏽‍💻👨‍👩‍👧‍👦" * 2000, "👍🏿" * 3000, "\u200d👩" * 1000, "1️⃣#️⃣*️⃣" * 500,
    "مرحبا بالعالم، هذا نص عربي مع English و 123.", "שלום **עולם** [קישור](https://evil.example)",
    "- مرحبا\n- hello\n  1. שלום\n  2. 你好", "> עברית\n> > عربي\n\nEnglish", "| عربي | 中文 |\n|---|---|\n| 1 | שלום |",
    "مرحبا " * 20_000, "**“注意”**这是测试。这是**重点：**内容", "字" * 66_000, "、。「」" * 9000,
    "ﷺ﷽" * 3000, "नमस्ते दुनिया " * 3000, "สวัสดีชาวโลก" * 3000, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞" * 200,
]  # fmt: skip


def nested() -> list[str]:
    """Markdown that is deep, wide, unclosed, or quadratic for a careless parser."""
    few, many = 2_000, 10_000
    return [
        "[" * many, "]" * many, "![" * many, "[a](" * many, "](" * many, "[" * few + "a" + "](x)" * few,
        "*" * many, "**a " * many, "*a **b " * many, "_a*" * many, "~~a" * many, "***" * many + "a",
        ">" * many, "> " * few + "a", ">" * few + "a\n" + "b\n" * 500, "- " * few + "a", "1. " * few + "a",
        "\n".join(" " * depth * 2 + "- a" for depth in range(300)),
        "\n".join(" " * depth * 3 + "1. a" for depth in range(200)),
        "`a" * many, "a".join("`" * count for count in range(500)), "```" * many, "~~~\n" * few,
        "$" * many, "$a " * many, "$$\n" * (few + 1), "\\(" * few, "\\[\n" * few, "\\" * many,
        "<" * many, "<b>" * many, "<http:" * many, "<!--" * few, "<?" * few, "<![CDATA[" * few,
        "&" * many, "&lt;" * many, "&#x202e;" * few, "&#99999999;" * few, "&nosuchentity;" * few,
        "[a]: b\n" * few, "[a][" * few, "#" * many, "# a\n" * few, "a\n===\n" * few, "---\n" * few,
        "| a " * 1000 + "|\n" + "|-" * 1000 + "|\n" + "| b " * 1000 + "|",
        "|a" * 1000 + "|\n" + "|-" * 1000 + "|\n" + "|b|\n" * 60, "|a|\n|-|\n" + "|b|\n" * 5000,
        "|" * many, "a|b\n-|-\n" * few, "\t" * many + "a", " " * many + "b", "\n" * many + "c",
    ]  # fmt: skip


def long() -> list[str]:
    """200 kB in one piece, and 5,000 lines."""
    size = 200_000
    return [
        "a" * size, "word " * (size // 5), "**bold** " * (size // 9), "`x` " * (size // 4), "汉字，" * (size // 9),
        "line\n" * 5000, "- item\n" * 5000, "1. item\n" * 5000, "> quote\n" * 5000, "paragraph\n\n" * 5000,
        "```python\n" + "x = [1, 2, 'three']  # four\n" * 5000 + "```", "```\n" + "x" * size + "\n```",
        "```python\n" + "def f(x): return [x, 'a']\n" * 1400 + "```", "    code\n" * 5000,
        "$x^2$ " * 4000, "[a](https://evil.example) " * 5000, "![a](https://evil.example/a.png) " * 5000,
        "<img src=x onerror=window.hit=1>" * 6000, "\u202e\u200b" * 30_000, "🇨🇳" * 12_000,
        "a\u0301" * 60_000, "- [ ] **a** `b` *c* ~~d~~\n" * 5000,
    ]  # fmt: skip


def hostile_texts() -> list[str]:
    """All of them, no two alike."""
    found = list(dict.fromkeys(_all()))
    assert len(found) >= 300, len(found)
    return found


def _all() -> Iterator[str]:
    yield from MARKUP
    wrappers = (
        "**{}**", "```html\n{}\n```", "`{}`", "| a |\n|---|\n| {} |", "- {}", "> {}", "[{}](https://evil.example)",
        "![{}](https://evil.example/p.png)", '[x](https://evil.example "{}")', "$\\text{{{}}}$", "# {}", "    {}",
    )  # fmt: skip
    for index, markup in enumerate(MARKUP):
        yield wrappers[index % len(wrappers)].format(markup)
        if index % 3 == 0:
            yield markup.replace("<", "&lt;").replace(">", "&gt;")
    for name in CLOBBER:
        yield f'<form id={name} name="{name}"><input name={name}></form> [a](#{name}) ![{name}](#{name})'
    for address in ADDRESSES:
        yield f"[click me]({address})"
        yield f"<{address}> ![click me]({address}) [click me][1]\n\n[1]: {address}"
    for index, formula in enumerate(FORMULAS):
        opening, closing = (("$", "$"), ("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"))[index % 4]
        yield f"{opening}{formula}{closing}"
    yield from HIDING
    yield from SCRIPTS
    yield from nested()
    yield from long()
