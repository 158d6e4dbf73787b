//! An order as the page and other systems see it: names in both languages, a masked phone, and what can be done now.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::catalog::Catalog;
use crate::order::{EventCode, Order, State};
use crate::pricing::{Carrier, transit_days};
use crate::problem::Problem;
use crate::rules::{self, Refusal};
use crate::text::{Text, text};
use crate::time::start_of_day_after;

pub fn order(order: &Order, catalog: &Catalog, now: Timestamp) -> Value {
    let lines: Vec<Value> = order.lines.iter().map(|line| {
        let product = catalog.product(&line.product);
        let variant = catalog.variant(&line.variant).map(|(_, variant)| variant);
        let color = product.zip(variant).and_then(|(product, variant)| product.color(&variant.color));
        let size = product.zip(variant).and_then(|(product, variant)| product.size(variant.size.as_deref()?));
        json!({
            "line": line.line, "product": line.product, "variant": line.variant, "quantity": line.quantity, "unit_price": line.unit_price,
            "name": product.map(|product| &product.name), "color": color.map(|color| &color.label), "size": size.map(|size| &size.label),
            "image": color.map(|color| &color.image), "engraving": line.engraving, "exchanged_from": line.exchanged_from, "price_protected": line.price_protected,
        })
    }).collect();
    let events: Vec<Value> = order.events.iter().map(|event| json!({ "at": event.at, "code": event.code, "place": event.place, "text": event_text(event.code, event.place.as_deref()) })).collect();
    let address = &order.address;
    let days = transit_days(&address.province);
    json!({
        "no": order.no, "account": order.account, "placed_at": order.placed_at,
        "status": order.state.name(), "status_text": status_text(&order.state), "state": order.state,
        "lines": lines, "amounts": order.amounts, "campaign": order.campaign, "coupon": order.coupon, "payment": order.payment,
        "address": { "recipient": address.recipient, "phone": masked(&address.phone), "province": address.province, "city": address.city, "district": address.district, "detail": address.detail },
        "changed": order.changed, "gift_card": order.gift_card, "expedited_at": order.expedited_at, "invoice": order.invoice,
        "carrier": { "code": order.carrier, "name": carrier_name(order.carrier) }, "tracking_no": order.tracking_no,
        "transit_days": { "from": days.0, "to": days.1 },
        "events": events, "actions": actions(order, now), "deadlines": deadlines(order),
    })
}

/// The short form in a list.
pub fn summary(order_full: &Order, catalog: &Catalog, now: Timestamp) -> Value {
    let mut value = order(order_full, catalog, now);
    if let Some(object) = value.as_object_mut() {
        for key in ["events", "address", "invoice", "gift_card", "state"] {
            object.remove(key);
        }
    }
    value
}

fn masked(phone: &str) -> String {
    let (head, tail) = (phone.get(..3).unwrap_or(""), phone.get(7..).unwrap_or(""));
    format!("{head}****{tail}")
}

fn deadlines(order: &Order) -> Value {
    match order.state {
        State::Unpaid { closes_at } => json!({ "pay": closes_at }),
        State::Signed { signed_at } | State::Exchanged { signed_at, .. } => json!({
            "return": start_of_day_after(signed_at, 8), "exchange": start_of_day_after(signed_at, 16), "quality": start_of_day_after(signed_at, 16),
            "price_protection": start_of_day_after(signed_at, rules::protection_days(order) + 1),
        }),
        _ => json!({}),
    }
}

fn actions(order: &Order, now: Timestamp) -> Value {
    let all: [(&str, Result<(), Refusal>); 10] = [
        ("pay", rules::may_pay(order)),
        ("cancel", rules::may_cancel(order)),
        ("address", rules::may_change(order)),
        ("expedite", rules::may_expedite(order, now)),
        ("intercept", rules::may_intercept(order)),
        ("confirm", rules::may_confirm(order)),
        ("return", rules::may_return(order, now)),
        ("exchange", rules::may_exchange(order, now)),
        ("price-protection", rules::may_protect_price(order, now)),
        ("invoice", rules::may_invoice(order, now)),
    ];
    Value::Object(
        all.into_iter()
            .map(|(name, allowed)| {
                (
                    name.to_owned(),
                    match allowed {
                        Ok(()) => json!({ "allowed": true }),
                        Err(refusal) => {
                            let problem = Problem::from(refusal);
                            json!({ "allowed": false, "code": problem.code, "message": problem.message })
                        }
                    },
                )
            })
            .collect::<Map<_, _>>(),
    )
}

fn carrier_name(carrier: Carrier) -> Text {
    match carrier {
        Carrier::Zto => text("中通快递", "ZTO Express"),
        Carrier::Sf => text("顺丰速运", "SF Express"),
    }
}

fn status_text(state: &State) -> Text {
    match state {
        State::Unpaid { .. } => text("待付款", "Awaiting payment"),
        State::Paid { .. } => text("待发货", "Paid"),
        State::Packing { .. } => text("配货中", "Being packed"),
        State::Shipped { .. } => text("运输中", "On its way"),
        State::OutForDelivery { .. } => text("派送中", "Out for delivery"),
        State::Signed { .. } => text("已签收", "Delivered"),
        State::Returning { .. } => text("退货中", "Return under way"),
        State::Refunding { .. } => text("退款中", "Refund under way"),
        State::Refunded { .. } => text("已退款", "Refunded"),
        State::Exchanged { .. } => text("换货中", "Exchange under way"),
        State::Cancelled { .. } => text("已取消", "Cancelled"),
        State::Closed { .. } => text("已关闭", "Closed"),
    }
}

fn event_text(code: EventCode, place: Option<&str>) -> Text {
    let at = place.unwrap_or("");
    match code {
        EventCode::Placed => text("订单已提交", "Order placed"),
        EventCode::Paid => text("付款成功", "Payment received"),
        EventCode::Picked => text("仓库开始拣货", "The warehouse started picking"),
        EventCode::Packed => text("包裹已打包，等待揽收", "Packed, waiting for the carrier"),
        EventCode::Expedited => text("已催单，仓库与承运商会优先处理", "Marked as urgent for warehouse and carrier"),
        EventCode::Changed => text("订单信息已修改", "Order details changed"),
        EventCode::Dispatched => text(format!("{at} 包裹已发出"), format!("Dispatched from {at}")),
        EventCode::Arrived => text(format!("到达 {at}"), format!("Arrived at {at}")),
        EventCode::Left => text(format!("离开 {at}"), format!("Left {at}")),
        EventCode::OutForDelivery => text(format!("{at} 派送中"), format!("Out for delivery from {at}")),
        EventCode::Signed => text("已签收", "Signed for"),
        EventCode::Intercepted => text("已申请拦截，包裹将退回仓库", "Interception requested, the parcel goes back"),
        EventCode::ReturnRequested => {
            text("已申请退货，可在本页预约上门取件", "Return requested; a free pick-up can be booked here")
        }
        EventCode::ReturnPickedUp => text("退货包裹已揽收", "The return was picked up"),
        EventCode::ReturnAccepted => text("仓库验收通过", "The warehouse accepted the return"),
        EventCode::RefundStarted => text("退款已发起，按原路退回", "Refund started, the way you paid"),
        EventCode::Refunded => text("退款已到账", "Refund completed"),
        EventCode::ExchangeRequested => text("已申请换货", "Exchange requested"),
        EventCode::Exchanged => text("换货商品已发出", "The replacement was dispatched"),
        EventCode::PriceProtected => {
            text("价保已通过，差价 24 小时内退回", "Price difference granted, paid back within 24 h")
        }
        EventCode::InvoiceRequested => text("已申请电子发票", "Electronic invoice requested"),
        EventCode::InvoiceIssued => text("电子发票已开具", "Electronic invoice issued"),
        EventCode::Cancelled => text("订单已取消", "Order cancelled"),
        EventCode::Closed => text("超时未付款，订单已关闭", "Not paid in time, the order was closed"),
    }
}
