"""Variants of the project's own utterances, as customers type them: greetings in front, politeness behind,
no punctuation, a lost or doubled character. Labels do not change."""
import re

FRONT = {
    "zh": ["你好 ", "你好，", "您好 ", "亲 ", "亲，", "在吗 ", "请问", "请问一下", "请问下", "我想问一下", "想问下", "麻烦问下",
           "老板 ", "客服 ", "哎 ", "嗯 ", "那个 ", "你好 请问", "我想问下 ", "问一下 ", "嗯嗯 ", "好的 ", "那", "那么", "我", "我的订单 ",
           "还有 ", "另外 ", "不是 ", "可是 ", "帮我看一下 ", "这个", "我这个", "这款"],
    "en": ["hi ", "hello ", "hey ", "hi, ", "please ", "excuse me ", "so ", "um ", "ok ", "hello there, ", "hi there ",
           "quick question ", "just wondering, ", "i was wondering ", "also ", "and ", "hey guys ", "can you tell me "],
}
BACK = {
    "zh": [" 谢谢", "，谢谢", " 麻烦了", "呢", "呀", "啊", "吗", "哦", "？", "?", "!", "。", "了", " 亲", "啦", "么", " 谢谢亲", "？？",
           " 你好", " 在吗", " 怎么办", " 可以吗", " 是吗", "呗", "哈", "~"],
    "en": [" thanks", " please", " thank you", "?", "!", ".", "??", " pls", " thx", " hello?", "...", " asap"],
}
PUNCTUATION = re.compile(r"[，。！？、,.!?~～…]+")


def variant(text, lang, rng):
    dice = rng.random(6)
    if dice[0] < 0.4:
        text = PUNCTUATION.sub(" " if dice[1] < 0.6 else "", text).strip() or text
    if dice[1] > 0.7 and lang == "zh":
        text = text.replace(" ", "" if dice[0] < 0.5 else "，")
    if dice[2] < 0.3 and len(text) > 4:
        at = int(rng.integers(len(text)))
        text = text[:at] + text[at + 1 :]
    elif dice[2] < 0.4 and len(text) > 4:
        at = int(rng.integers(len(text)))
        text = text[:at] + text[at] + text[at:]
    if dice[3] < 0.4:
        text = FRONT[lang][int(rng.integers(len(FRONT[lang])))] + text
    if dice[4] < 0.4:
        text = text + BACK[lang][int(rng.integers(len(BACK[lang])))]
    if dice[5] < 0.1:
        text = text + " " + text
    return text
