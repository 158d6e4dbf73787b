//! What stands on every page of a site, or is never text.

/// Elements by their name, wherever they are.
const ELEMENTS: [&str; 17] = [
    "nav", "aside", "script", "style", "noscript", "template", "svg", "iframe", "object", "select", "textarea", "head",
    "canvas", "math", "video", "audio", "frameset",
];
const ROLES: [&str; 7] = ["navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog"];

/// Whether an element and all it holds is to be passed over. `outer` gives the names of the elements around it.
pub(super) fn is_boilerplate<'o>(
    name: &str,
    attributes: &[(&'static str, Box<str>)],
    mut outer: impl Iterator<Item = &'o str>,
) -> bool {
    if ELEMENTS.contains(&name) {
        return true;
    }
    // An article has a head of its own, which may be the question.
    let is_part = |name: &str| matches!(name, "article" | "section" | "details" | "li");
    if matches!(name, "header" | "footer") && !outer.any(is_part) {
        return true;
    }
    attributes.iter().any(|(attribute, value)| match *attribute {
        "role" => ROLES.contains(&&**value),
        "id" | "class" => {
            let value = value.to_ascii_lowercase();
            let about_cookies = value.contains("cookie")
                && ["banner", "consent", "notice", "bar", "popup", "modal"].iter().any(|word| value.contains(word));
            about_cookies || value.contains("gdpr") || value.contains("consent-") || value.contains("breadcrumb")
        }
        _ => false,
    })
}
