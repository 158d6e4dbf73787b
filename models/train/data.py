"""Training and development data.

Every source states whether its licence is clear enough for a model trained under `--permissive-only`.
The texts themselves stay outside the repository; only the project's own utterances are committed.
"""
import csv
import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

OWN = Path(__file__).resolve().parent / "data"

INTENTS = (
    "order_status shipping_time expedite logistics_problem change_order delivery_arrange cancel_order "
    "return_request exchange_request refund_status quality_complaint missing_or_wrong_item invoice payment "
    "order_placement coupon_promo price_protection product_info product_usage size_advice stock recommendation "
    "gift_packaging shipping_fee_area after_sales_warranty account_membership human_agent greeting thanks_bye "
    "complaint_service ack_inform chitchat_other"
).split()
SENTIMENTS = ["negative", "neutral", "positive"]
EMOTIONS = ["angry", "anxious", "disappointed", "satisfied", "neutral"]
# What the assistant's last turn did.
ACTS = ["answer", "ask", "clarify", "confirm", "offer_person", "recommend"]
HEADS = {"intent": INTENTS, "sentiment": SENTIMENTS, "emotion": EMOTIONS}


@dataclass
class Row:
    """One text with the labels its source knows; None where the source says nothing about a head."""

    text: str
    intent: str | None = None
    sentiment: str | None = None
    emotion: str | None = None
    source: str = ""
    # The assistant's last act and the intent it spoke to, where the text is an answer to it.
    context: tuple[str, str] | None = None
    # Learn it as it was typed, not as it is read: no lexicon knows every word.
    verbatim: bool = False


def read_tsv(path):
    path = Path(path)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def bucket(text, n=100):
    """A stable pseudo-random bucket of a text, so that splits and samples never depend on file order."""
    return int(hashlib.sha256(text.encode("utf-8")).hexdigest()[:8], 16) % n


def sample(rows, limit):
    return sorted(rows, key=lambda row: hashlib.sha256(row.text.encode("utf-8")).digest())[:limit]


def own(lang):
    return [Row(r["text"], r["intent"], r["sentiment"], r["emotion"], "own") for r in read_tsv(OWN / f"{lang}.tsv")]


def own_in_context(lang):
    """Short answers whose meaning depends on what the assistant said before."""
    return [Row(r["text"], r["intent"], r["sentiment"], r["emotion"], "own", (r["act"], r["previous"]))
            for r in read_tsv(OWN / f"{lang}-context.tsv")]


# --- Chinese ---------------------------------------------------------------------------------------------------

POLARITY = {"1": "positive", "0": "negative", "positive": "positive", "negative": "negative"}
EWECT = {
    "angry": ("negative", "angry"),
    "happy": ("positive", "satisfied"),
    "sad": ("negative", "disappointed"),
    "fear": ("negative", "anxious"),
    "neutral": ("neutral", "neutral"),
}
CPED = {
    "anger": "angry",
    "disgust": "angry",
    "depress": "disappointed",
    "sadness": "disappointed",
    "worried": "anxious",
    "fear": "anxious",
    "grateful": "satisfied",
    "happy": "satisfied",
    "relaxed": "satisfied",
    "neutral": "neutral",
}


def reviews(root, part, which=("shopping", "waimai", "hotel")):
    for name in which:
        for r in read_tsv(root / f"reviews-{name}-zh" / f"{part}.tsv.gz"):
            polarity = POLARITY[r["label"]]
            yield Row(r["text"], sentiment=polarity, source=f"reviews-{name}-zh")


def eprstmt(root, part):
    for r in read_tsv(root / "eprstmt-zh" / f"{part}.tsv.gz"):
        yield Row(r["text"], sentiment=POLARITY[r["label"].lower()], source="eprstmt-zh")


def ewect(root, part):
    """The campaign's `usual` training file is not available, so half of `usual` dev trains and half judges."""
    for file in ("train", "dev"):
        for r in read_tsv(root / "ewect-zh" / f"{file}.tsv.gz"):
            if r["label"] not in EWECT:
                continue
            is_train = file == "train" or (r["domain"] == "usual" and bucket(r["text"]) < 50)
            if is_train == (part == "train"):
                sentiment, emotion = EWECT[r["label"]]
                yield Row(r["text"], sentiment=sentiment, emotion=emotion, source="ewect-zh")


def cped(root, part):
    for r in read_tsv(root / "cped-zh" / "train.tsv.gz"):
        if r["sentiment"] not in SENTIMENTS:
            continue
        if (bucket(r["text"]) < 90) == (part == "train"):
            yield Row(r["text"], sentiment=r["sentiment"], emotion=CPED.get(r["emotion"]), source="cped-zh")


def zh_out_of_scope(root, permissive_only):
    """Requests to assistants and private messages that no shop answers."""
    out = []
    if not permissive_only:
        # The set's `chat` domain holds greetings and thanks, which our own labels count as in scope.
        out += sample([Row(r["text"], "chitchat_other", source="smp-ecdt-zh")
                       for r in read_tsv(root / "smp-ecdt-zh" / "train.tsv.gz") if r["domain"] != "chat"], 700)
    travel = [Row(r["text"], "chitchat_other", source="crosswoz-user-zh")
              for r in read_tsv(root / "crosswoz-user-zh" / "train.tsv.gz")
              if "General" not in r["acts"] and re.search("餐馆|酒店|景点|地铁|出租", r["acts"])]
    return out + sample(travel, 250)


# --- English ---------------------------------------------------------------------------------------------------

BITEXT = {
    "cancel_order": "cancel_order", "check_cancellation_fee": "cancel_order",
    "change_order": "change_order", "change_shipping_address": "change_order",
    "check_invoice": "invoice", "get_invoice": "invoice",
    "check_payment_methods": "payment", "payment_issue": "payment",
    "check_refund_policy": "return_request", "get_refund": "return_request",
    "complaint": "complaint_service",
    "contact_customer_service": "human_agent", "contact_human_agent": "human_agent",
    "create_account": "account_membership", "delete_account": "account_membership",
    "edit_account": "account_membership", "recover_password": "account_membership",
    "registration_problems": "account_membership", "switch_account": "account_membership",
    "newsletter_subscription": "account_membership", "review": "account_membership",
    "delivery_options": "shipping_fee_area", "delivery_period": "shipping_time",
    "place_order": "order_placement", "track_order": "order_status", "track_refund": "refund_status",
}
MULTIDOGO = {"openinggreeting": "greeting", "closinggreeting": "thanks_bye", "thankyou": "thanks_bye",
             "confirmation": "ack_inform", "rejection": "ack_inform"}
CLINC = {"order_status": "order_status", "greeting": "greeting", "goodbye": "thanks_bye", "thank_you": "thanks_bye",
         "yes": "ack_inform", "no": "ack_inform", "are_you_a_bot": "human_agent"}
# CLINC150 labels that a shop could well be asked about; neither in nor clearly out of scope.
CLINC_SKIP = {"order", "redeem_rewards", "rewards_balance", "maybe", "cancel", "repeat", "shopping_list",
              "shopping_list_update", "order_checks", "damaged_card", "change_language", "what_can_i_ask_you",
              "application_status", "card_declined", "transactions", "report_fraud", "user_name", "cancel_reservation"}
EKMAN = {"joy": ("positive", "satisfied"), "anger": ("negative", "angry"), "disgust": ("negative", "angry"),
         "sadness": ("negative", "disappointed"), "fear": ("negative", "anxious"), "neutral": ("neutral", "neutral")}


def en_intents(root, part):
    """Public intent sets where a label maps onto one of ours; capped so that templates do not drown our own lines."""
    by_intent = {}

    def add(name, mapping, cap):
        for r in read_tsv(root / name / f"{part}.tsv.gz"):
            intent = mapping.get(r["intent"])
            if intent:
                by_intent.setdefault((name, intent, cap), []).append(Row(r["text"], intent, source=name))

    add("bitext-en", BITEXT, 150)
    add("multidogo-en", MULTIDOGO, 120)
    add("clinc150-en", CLINC, 60)
    out = []
    for (_, _, cap), rows in sorted(by_intent.items()):
        out += sample(rows, cap if part == "train" else 10**6)
    out_of_scope = {"clinc150-en": [], "hwu64-en": []}
    for name, rows in out_of_scope.items():
        for r in read_tsv(root / name / f"{part}.tsv.gz"):
            if r["intent"] in CLINC or r["intent"] in CLINC_SKIP or r["intent"].startswith(("general", "lists", "takeaway")):
                continue
            rows.append(Row(r["text"], "chitchat_other", source=name))
        out += sample(rows, 400)
    return out


def goemotions(root, part):
    for r in read_tsv(root / "goemotions-en" / f"{part}.tsv.gz"):
        # Several labels on one comment contradict a single-label head.
        if r["labels"] in EKMAN:
            sentiment, emotion = EKMAN[r["labels"]]
            yield Row(r["text"], sentiment=sentiment, emotion=emotion, source="goemotions-en")


def tweeteval_sentiment(root):
    for r in read_tsv(root / "tweeteval-sentiment-en" / "dev.tsv.gz"):
        yield Row(r["text"], sentiment=r["label"], source="tweeteval-sentiment-en")


def real_intents_dev(root):
    return [Row(r["text"], r["intent"], r["sentiment"], r["emotion"], "real-intents-dev")
            for r in read_tsv(root / "real-intents-dev" / "dev.tsv")]
