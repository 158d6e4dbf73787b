//! What an answer says of a product, against the catalog.

use std::collections::HashMap;

use super::facts::Value;
use super::page::Page;
use super::text::{self, Unit};
use super::{CatalogFact, Finding};

pub(super) fn check(pages: &[Page<'_>], products: &[CatalogFact], findings: &mut Vec<Finding>) {
    if products.is_empty() {
        return;
    }
    let mut named: HashMap<String, &CatalogFact> = HashMap::new();
    for product in products {
        for name in [&product.id, &product.title] {
            named.entry(zg_text::normalize(name)).or_insert(product);
        }
    }
    for page in pages {
        let product = if page.entry.product.is_empty() {
            title_in(page, &named)
        } else {
            named.get(&zg_text::normalize(&page.entry.product)).copied()
        };
        let Some(product) = product else { continue };
        let said = price(page, product).or_else(|| availability(page, product)).or_else(|| attribute(page, product));
        if let Some((said, has)) = said {
            let place = format!("{}:{}", product.file, product.line);
            let message = format!("the answer says {said:?}, the catalog has {has} for {:?} ({place})", product.title);
            let fix = "Correct the answer, or leave it to the product page.";
            findings.push(Finding::error(page.entry, "catalog-contradiction", message, fix));
        }
    }
}

/// A title of four or more characters that begins anywhere in the question: looked up, not searched for.
fn title_in<'c>(page: &Page<'_>, named: &HashMap<String, &'c CatalogFact>) -> Option<&'c CatalogFact> {
    let question = &page.question.text;
    let starts: Vec<usize> = question.char_indices().map(|(at, _)| at).chain([question.len()]).collect();
    for (index, start) in starts.iter().enumerate() {
        for end in starts.iter().skip(index + 4).take(24).rev() {
            if let Some(product) = named.get(&question[*start..*end]) {
                return Some(product);
            }
        }
    }
    None
}

fn price(page: &Page<'_>, product: &CatalogFact) -> Option<(String, String)> {
    let price = product.price?;
    page.facts.iter().find_map(|fact| match fact.value {
        Value::Quantity { unit: Unit::Money, low, high, soft: false }
            if fact.key == "price" && low == high && plain(fact, page, product) && (low - price).abs() > 0.005 =>
        {
            Some((fact.clause.clone(), format!("{price} {}", product.currency)))
        }
        _ => None,
    })
}

/// A price of the product itself, now: not of a part of it, for members, or during a campaign.
fn plain(fact: &super::facts::Fact, page: &Page<'_>, product: &CatalogFact) -> bool {
    let other = ["part", "member", "campaign", "order", "way", "coupon"];
    let words = [
        "原价",
        "配件",
        "滤",
        "单卖",
        "套装",
        "extra",
        "起",
        "each additional",
        "was ",
        "engraving",
        "替换",
        "运费",
        "定金",
    ];
    // What neither the question nor the title names is another thing with a price of its own.
    let title = zg_text::normalize(&product.title);
    let foreign = page.chinese
        && super::scope::unknown_subject(&fact.clause, &super::words::hits(&fact.clause))
            .iter()
            .any(|subject| !title.contains(subject.as_str()) && !page.question.text.contains(subject.as_str()));
    !foreign
        && other.iter().all(|dimension| fact.scope.values(dimension).next().is_none())
        && !words.iter().any(|word| fact.clause.contains(word))
}

fn availability(page: &Page<'_>, product: &CatalogFact) -> Option<(String, String)> {
    let folded = product.availability.to_lowercase().replace([' ', '-'], "_");
    let (wrong, unless): (&[&str], &[&str]) = match folded.rsplit(['/', ':']).next()? {
        "in_stock" | "instock" => (
            &[
                "缺货",
                "无货",
                "没货",
                "售罄",
                "断货",
                "下架",
                "停产",
                "卖完",
                "out of stock",
                "sold out",
                "discontinued",
                "no longer available",
            ],
            &["如果", "若", "时", "if ", "when ", "不会"],
        ),
        "out_of_stock" | "outofstock" | "discontinued" | "sold_out" => (
            &[
                "有货",
                "有现货",
                "现货充足",
                "库存充足",
                "现货发售",
                "in stock",
                "available now",
                "ready to ship",
                "都是现货",
            ],
            &[
                "没有现货",
                "没有货",
                "没有有货",
                "无现货",
                "没现货",
                "暂时没",
                "如果",
                "若",
                "有货后",
                "有货时",
                "再有货",
                "back in stock",
                "not in stock",
                "if ",
                "when ",
                "通知",
                "恢复有货",
                "once ",
                "不是",
                "isn't",
                "until",
            ],
        ),
        "preorder" | "pre_order" => (
            &["现货", "in stock", "有货"],
            &["不是现货", "没有现货", "非现货", "not in stock", "isn't in stock", "如果", "if ", "when ", "转现货"],
        ),
        _ => return None,
    };
    for line in &page.lines {
        for clause in text::sentences(line).into_iter().flatten() {
            if wrong.iter().any(|word| clause.contains(word)) && !unless.iter().any(|word| clause.contains(word)) {
                // Another colour or size may well be gone.
                if ["色", "码", "其他款", "部分", "号", "size", "colour", "color"]
                    .iter()
                    .any(|word| clause.contains(word))
                {
                    continue;
                }
                return Some((clause.to_owned(), product.availability.clone()));
            }
        }
    }
    None
}

fn attribute(page: &Page<'_>, product: &CatalogFact) -> Option<(String, String)> {
    for (name, value) in &product.attributes {
        let folded = zg_text::normalize(value);
        let name = zg_text::normalize(name);
        let facts = super::facts::facts(&super::facts::Question::read("", true), &[format!("{name} {folded}")]);
        let has = facts.iter().filter(|fact| matches!(fact.value, Value::Quantity { .. }));
        for has in has {
            let wrong = page.facts.iter().find(|fact| {
                let aside =
                    ["part", "way", "mode", "pack", "order"].iter().any(|d| fact.scope.values(d).next().is_some());
                let aside =
                    aside || ["盒", "小样", "case", "旅行装", "赠", "配"].iter().any(|word| fact.clause.contains(word));
                fact.key == has.key && !aside && measure_differs(&fact.value, &has.value)
            });
            if let Some(wrong) = wrong {
                return Some((wrong.clause.clone(), format!("{name} {folded}")));
            }
        }
        if let Some(clause) = material(page, &name, &folded) {
            return Some((clause, format!("{name} {folded}")));
        }
    }
    None
}

fn measure_differs(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Quantity { low, high, .. }, Value::Quantity { low: l, high: h, .. }) => {
            let slack = 0.05 * high.max(*h);
            high + slack < *l || h + slack < *low
        }
        _ => false,
    }
}

/// The other words that the same attribute could have, for attributes without a number.
fn material(page: &Page<'_>, name: &str, value: &str) -> Option<String> {
    if !["材质", "面料", "材料", "material", "fabric"].contains(&name) || value.contains(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    const MATERIALS: [(&str, &str); 22] = [
        ("棉", "棉"),
        ("羊毛", "羊毛"),
        ("羊绒", "羊绒"),
        ("真丝", "丝"),
        ("桑蚕丝", "丝"),
        ("亚麻", "麻"),
        ("聚酯", "酯"),
        ("涤纶", "涤"),
        ("牛皮", "皮"),
        ("pu", "pu"),
        ("不锈钢", "钢"),
        ("陶瓷", "瓷"),
        ("玻璃", "玻璃"),
        ("塑料", "塑料"),
        ("硅胶", "硅胶"),
        ("cotton", "cotton"),
        ("wool", "wool"),
        ("linen", "linen"),
        ("polyester", "polyester"),
        ("leather", "leather"),
        ("silk", "silk"),
        ("ceramic", "ceramic"),
    ];
    let claimed = [
        "材质是",
        "材质为",
        "面料是",
        "面料为",
        "采用",
        "纯",
        "100%",
        "全",
        "made of",
        "made from",
        "it is pure",
        "it's pure",
    ];
    for line in &page.lines {
        for clause in text::sentences(line).into_iter().flatten() {
            let claims = claimed.iter().any(|word| clause.contains(word))
                && !["不是", "不含", "非", "里衬", "内衬", "lining", "not "].iter().any(|word| clause.contains(word));
            let named: Vec<&str> =
                MATERIALS.iter().filter(|(word, _)| clause.contains(word)).map(|(_, root)| *root).collect();
            if claims && !named.is_empty() && !named.iter().any(|root| value.contains(root)) {
                return Some(clause.to_owned());
            }
        }
    }
    None
}
