"""Completions as labelers see them: a system that tells its own name is not told apart by it.

Only self-identification is masked ("I am GPT-4", "我是由百度开发的…"), in sentences that speak of
themselves; talking about systems, people and companies stays as it is. Names that are also people's or
ordinary words need a version or a sentence about being a machine. The stored text is never changed.
"""

import re

MARK = "[name]"
MARK_ZH = "[名称]"

# Systems whose names mean nothing else, in whatever case they are written.
_SYSTEMS_ANY_CASE = (
    r"Chat-?\s?GPT|Instruct-?GPT|GPT|Open[-\s]{0,2}Assistant|Vicuna|Chat-?GLM|Qwen|Tongyi\s?Qianwen"
    r"|Baichuan|Intern-?LM|ERNIE\sBot|Wenxin\s?Yiyan|SparkDesk|Hunyuan|Doubao|DeepSeek|Bing\s?Chat"
    r"|WizardLM|StableLM|RedPajama|Perplexity\s?AI"
)
_SYSTEMS = (
    rf"(?i:{_SYSTEMS_ANY_CASE})|Claude|ERNIE|LaMDA|PaLM|LLaMA|MOSS|BLOOMZ|GLM|Mixtral|Gemma|FLAN-T5"
)
# Systems named like people, animals or things: only with a version, or where a machine speaks.
_SHARED = (
    r"Gemini|Bard|Llama|Alpaca|Koala|Dolly|Falcon|Phi|Bing|Orca|Command\s?R\+?|Nova|Guanaco|Zephyr"
    r"|Kimi|Yi|Grok|Copilot|Bloom|Hermes|Pythia|Mistral|Solar|Tulu|Belle|Moss|Sydney|Titan|Codex"
)
_SYSTEMS_ZH = (
    "通义千问|千问|文心一言|讯飞星火|星火认知大模型|星火大模型|豆包|腾讯元宝|混元(?:大模型|助手)"
    "|盘古(?:大模型|助手)|智谱清言|百川大模型|日日新|天工(?:大模型|AI)|书生[·・]?浦语|紫东太初"
    "|姜子牙大模型|文心大模型|通义大模型|云雀大模型|Kimi"
)
_MAKERS = (
    r"(?i:Open\s?AI)|Anthropic|Google(?:\s(?:DeepMind|AI|Research|Brain))?|DeepMind|Meta(?:\sAI)?"
    r"|Facebook|Microsoft|Alibaba(?:\s(?:Cloud|Group|DAMO\sAcademy))?|Baidu|Tencent|ByteDance"
    r"|Zhipu(?:\s?AI)?|Mistral\sAI|Cohere|LAION(?:-AI)?|Stability\sAI|Hugging\s?Face|xAI"
    r"|DeepSeek(?:\sAI)?|Moonshot(?:\sAI)?|LMSYS(?:\sOrg)?|Databricks|iFLYTEK|Huawei|Amazon|NVIDIA"
    r"|IBM|AI21(?:\sLabs)?|EleutherAI|MiniMax|SenseTime|Inflection(?:\sAI)?"
)
_MAKERS_ZH = (
    "百度|阿里(?:巴巴|云)(?:集团|达摩院|通义实验室)?|达摩院|腾讯|字节跳动|科大讯飞|讯飞|华为"
    "|智谱(?:AI)?|清华大学(?:KEG实验室)?|复旦大学|商汤(?:科技)?|百川智能|月之暗面|深度求索"
    "|昆仑万维|零一万物|谷歌|微软|脸书|亚马逊|苹果公司|上海人工智能实验室|北京智源"
)
_VERSION = (
    r"(?:[-\s]?[vV]?\d{1,3}(?:\.\d{1,2}){0,2}[a-zA-Z]{0,2}(?![\w/:%]))"
    r"(?:[-\s](?i:turbo|plus|pro|max|mini|chat|instruct|opus|sonnet|haiku|flash|\d{1,3}b)\b){0,3}"
)
# Anything of the form Something-v2 or Something-13B.
_NUMBERED = r"[A-Za-z]{3,20}-(?:[vV]\d{1,2}(?:\.\d{1,2})?|\d{1,3}[bB])(?!\w)(?:-[A-Za-z]{2,12}\b)?"
_GENERIC = r"[A-Z][\w&'’-]{0,30}(?:\s[A-Z][\w&-]{0,30}){0,3}"
_KNOWN = rf"(?:(?:{_SYSTEMS})(?:{_VERSION})?|{_NUMBERED})(?!\w)"
_MACHINE = (
    r"(?i:\bAI\b|artificial\sintelligence|\bassistant\b|\bchat-?bot\b|\bbot\b|\bLLM\b"
    r"|language\smodel|\bmodel\b)"
)
_SHARED_KNOWN = rf"(?:{_SHARED})(?:{_VERSION}|(?=[^.!?\n]{{0,60}}?{_MACHINE}))(?!\w)"
_MADE = (
    r"(?i:trained|developed|created|made|built|designed|powered|provided|produced|programmed)"
    r"(?:\s(?i:and|&)\s\w{3,12})?\s(?i:by)\s(?i:the\s|a\steam\sat\s|researchers\sat\s)?"
)
_I_AM = r"(?i:I\sam|I['’]m)"
_I_HAVE_BEEN = rf"(?:{_I_AM}|(?i:I\swas|I['’]ve\sbeen|I\shave\sbeen))"
_WORDS = r"(?:[\w'’-]{1,30},?\s){0,6}?"
_QUOTE = r"[\"“'‘「『《]?"
_MASKED = r"(?:\[name\],?\s(?:(?i:and\s(?:I\s(?:am|was)\s)?))?)?"

# Each pattern begins with the words found by _ANCHOR; its group `name` is what is masked.
_ENGLISH = [
    # I am GPT-4. / I'm Claude, … / I am the Falcon-v2 model; but not: I am Claude Monet
    rf"(?:{_I_AM}|(?i:my\sname\s?(?:is|['’]s)|call\sme|I\sam\scalled))"
    rf"\s(?:(?i:actually|indeed|just|the|called|named)\s){{0,2}}{_QUOTE}"
    rf"(?P<name>{_KNOWN}|{_SHARED_KNOWN})(?!\s[A-Z][a-z])",
    # I am an AI assistant called Foo
    rf"{_I_AM}\s(?i:an?|the|your)\s{_WORDS}{_MACHINE}[^.!?\n]{{0,30}}?\s"
    rf"(?i:called|named|known\sas)\s{_QUOTE}(?P<name>{_KNOWN}|{_GENERIC})",
    # I am your assistant, GPT-4
    rf"{_I_AM}\s(?i:an?|the|your)\s{_WORDS}{_MACHINE},?\s{_QUOTE}(?P<name>{_KNOWN})",
    # As ChatGPT, I … / As the Foo-v2 model, I …
    rf"(?i:as\s)(?i:the\s|a\s)?(?P<name>{_KNOWN})(?:\s(?i:language\s)?(?i:model|assistant))?,\sI\b",
    # I am a chatbot based on GPT-4 / I'm a version of LLaMA
    rf"{_I_HAVE_BEEN}\s{_MASKED}(?:(?i:an?|the|your)\s{_WORDS}{_MACHINE}[^.!?\n]{{0,30}}?\s)?"
    rf"(?i:based\son|built\son|powered\sby|a\sversion\sof|an\sinstance\sof|running\son)\s(?i:the\s)?"
    rf"{_QUOTE}(?P<name>{_KNOWN}|(?:{_SHARED})(?:{_VERSION})?(?!\w))",
    # I am an AI … trained by Somebody / As an AI language model developed by Somebody, …
    rf"(?:{_I_HAVE_BEEN}|(?i:as))\s{_MASKED}(?i:an?|the|your)\s{_WORDS}{_MACHINE}[^.!?\n]{{0,60}}?"
    rf"{_MADE}(?P<name>{_MAKERS}|{_GENERIC})",
    # I was created by OpenAI
    rf"{_I_HAVE_BEEN}\s{_MASKED}(?:\w{{3,15}}\s)?{_MADE}(?P<name>{_MAKERS})(?!['’\w])",
    # My creator is OpenAI
    rf"(?i:my\s(?:creators?|developers?|makers?)\s(?:is|are|at)\s)(?P<name>{_MAKERS})(?!\w)",
]
_MACHINE_ZH = r"(?i:AI|人工智能|助手|助理|机器人|模型|智能体)"
_MADE_ZH = r"(?:自主|联合|共同|独立){0,2}(?:研发|开发|训练|研制|创建|创造|推出|打造|提供|构建|设计|制造|发布)"
_FILL_ZH = (
    r"(?:一个|一款|一名|一位|你的|您的|开源版?|开放|对话式?|智能|人工|超?大型|大规模|语言|大?模型|聊天"
    r"|机器人|助手|助理|名为|名叫|叫做|叫|称为|的|(?i:AI)|最新|版本|[\s，、“‘「『《\"'-]){0,8}?"
)
_SUFFIX_ZH = r"(?:公司|团队|集团|科技|研究院|实验室){0,2}"
_KNOWN_ZH = (
    rf"(?:{_SYSTEMS_ZH}|(?:{_SYSTEMS})(?:{_VERSION})?|{_NUMBERED}|(?:{_SHARED})(?:{_VERSION}))"
    r"(?![A-Za-z0-9])"
)
_SOME_MAKER_ZH = (
    rf"(?:(?:{_MAKERS_ZH}|{_MAKERS}){_SUFFIX_ZH}|[A-Z][A-Za-z0-9.\s-]{{1,30}}?(?:公司|团队)?"
    r"|[^，。！？、；：\s由是]{0,20}?(?:公司|团队|大学|研究院|实验室|科技|集团))"
)
_CHINESE = [
    # 我是通义千问 / 我叫 ChatGPT / 我是人工智能助手Open Assistant；但不含：我是ChatGPT的用户
    rf"(?:我(?:就|其实)?是|我(?:名)?叫(?:做)?|我的名字(?:是|叫做?)|叫我|称呼我(?:为|作)?){_FILL_ZH}"
    rf"(?P<name>{_KNOWN_ZH})(?!写|做|生成|翻译|用户|的[^，。]{{0,4}}(?:用户|粉丝|爱好者|员工))",
    # 作为ChatGPT，我…
    rf"(?:作为|身为){_FILL_ZH}(?P<name>{_KNOWN_ZH})[^。！？\n]{{0,12}}?[，,]\s?我",
    # 我是由百度开发的…
    rf"我(?:就?是)?(?:一个|一款|一名|一种)?\s?由\s?(?P<name>(?:{_MAKERS_ZH}|{_MAKERS}){_SUFFIX_ZH})"
    rf"\s?[^，。！？\n]{{0,6}}?{_MADE_ZH}",
    # 我是一个由某某公司训练的语言模型 / 作为由某某团队开发的AI助手
    rf"(?:我就?是|作为|身为)(?:一个|一款|一名|一种)?\s?由\s?(?P<name>{_SOME_MAKER_ZH})\s?"
    rf"{_MADE_ZH}的?[^，。！？\n]{{0,20}}?{_MACHINE_ZH}",
    # 我是一个语言模型，由OpenAI开发
    rf"我是[^。！？\n]{{0,16}}?(?:{_MACHINE_ZH}|\[名称\])[，,]?\s?(?:是\s?)?由\s?"
    rf"(?P<name>{_SOME_MAKER_ZH})\s?{_MADE_ZH}",
    # 我是来自百度的AI助手
    rf"我是来自\s?(?P<name>(?:{_MAKERS_ZH}|{_MAKERS}){_SUFFIX_ZH})的[^，。！？\n]{{0,12}}?{_MACHINE_ZH}",
    # 我的开发者是OpenAI
    r"我的(?:开发者|创造者|开发商|开发公司|研发团队|开发团队|创建者)是\s?"
    rf"(?P<name>{_MAKERS_ZH}|{_MAKERS})(?![A-Za-z0-9])",
]
_PATTERNS = {
    MARK: [re.compile(pattern) for pattern in _ENGLISH],
    MARK_ZH: [re.compile(pattern) for pattern in _CHINESE],
}
_ANCHOR = re.compile(r"\b(?:I|[Mm]y|[Cc]all me|[Aa]s)\b|叫我|称呼我|我|作为|身为")
_REACH = 300  # a sentence that speaks of itself says who it is within so many characters
_PASSES = 3  # it may name the system, its version and its maker


def shown(text: str) -> str:
    """The text with the names of a system that speaks of itself masked; the same text if none."""
    for _ in range(_PASSES):
        masked = _once(text)
        if masked == text:
            break
        text = masked
    return text


def shown_or_none(text: str) -> str | None:
    """What Completion.shown_text holds: None where nothing is masked."""
    masked = shown(text)
    return None if masked == text else masked


def _once(text: str) -> str:
    pieces: list[str] = []
    done = 0
    for anchor in _ANCHOR.finditer(text):
        start = anchor.start()
        if start < done:
            continue
        mark = MARK if anchor.group().isascii() else MARK_ZH
        for pattern in _PATTERNS[mark]:
            if found := pattern.match(text, start, start + _REACH):
                pieces += [text[done : found.start("name")], mark]
                done = found.end("name")
                break
    return "".join([*pieces, text[done:]]) if pieces else text
