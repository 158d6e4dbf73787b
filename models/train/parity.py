"""Parity fixtures: texts of our own with everything the graph is fed and everything it answers.

They exercise what differs between implementations: width, script, case, invisible characters, emoji, cut-offs.
"""
import json

from runtime import Model

TEXTS = [
    "", " ", "？", "。。。", "a", "1", "好", "OK", "don't",
    "我要退货", "我要退貨", "幫我查下張單去到邊度", "請問運費怎麼計算？", "什麼時候發貨", "臺灣可以寄嗎", "裡面少了一個",
    "ＰＬＵＳ　会员　怎么　取消", "１２３４５６７８号订单", "ｉＰｈｏｎｅ１５　ｐｒｏ能用吗", "！！！快點發貨！！！", "㎏ ㈱ ① ½ ﬁ",
    "退\u200b款\u200c到\u200d哪\ufeff了", "\u202e倒着写\u202c", "软\u00ad连字符", "行一\n行二\r\n行三\t制表", "\x00\x07控制\x1f字符\x7f\x85下一行", "窄\u00a0空\u2003格\u3000宽",
    "👋", "👍👍👍 很满意", "👨‍👩‍👧‍👦 一家人穿多大码", "😡😡 什么破店", "❤️ 谢谢", "🇨🇳 国产吗", "1️⃣2️⃣3️⃣",
    "iPhone15Pro的壳有吗", "买2件打8折?", "S/M/L选哪个", "wifi连不上怎么办", "我的order到哪了", "can u 帮我 check 一下快递", "kuaidi daonale",
    "Where is my ORDER #10086?", "I'd like to RETURN these shoes; they don't fit!", "İstanbul ΣΑΣ straße ǅ", "café naïve résumé", "e\u0301 decomposed é composed",
    "한국어 가나다", "ひらがな カタカナ ｶﾀｶﾅ が", "привет где заказ", "مرحبا", "𠮷野家𪚥龘",
    "收到货发现杯子碎了，客服一直不回复，太失望了，我要求马上退款！", "东西收到了，质量很好，物流也快，下次还来", "今天发货吗，能不能改成顺丰，另外发票抬头写公司，谢谢",
    "supercalifragilisticexpialidocious", "a'b''c 'quoted' it's", "x" * 300,
    "快点发货" * 500, "where is my order please " * 80, "发货" * 79 + "a b c d e f",
]
assert len(TEXTS) == 60, len(TEXTS)
# What the assistant did before, and about what.
IN_CONTEXT = [
    ("", ("answer", "invoice")), ("要", ("confirm", "cancel_order")), ("那这个呢", ("answer", "return_request")),
    ("no, the other one please", ("clarify", "size_advice")), ("算了我想问下发票怎么开可以吗", ("offer_person", "chitchat_other")),
    ("便宜点的", ("recommend", "recommendation")), ("HM20261118001", ("ask", "order_status")),
]


def write(path, model_bytes):
    model = Model(model_bytes)
    with open(path, "w", encoding="utf-8") as out:
        for text, context in [(text, None) for text in TEXTS] + IN_CONTEXT:
            normalized, n_tokens, ids = model.inputs(text, context)
            logits = {h: [round(float(v), 6) for v in z] for h, z in model.logits(text, context).items()}
            row = {"text": text, "context": context, "normalized": normalized, "tokens": n_tokens, "ids": ids, **logits}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
