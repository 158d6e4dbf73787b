// The forms of an order: each collects what the back office asks for and shows its answer.
import { colorOf, variantText } from '../catalog.js';
import { checkbox, choices, field, h } from '../dom.js';
import { t, tx } from '../i18n.js';
import { icon } from '../icons.js';

export const PROVINCES = ['北京市', '天津市', '河北省', '山西省', '内蒙古自治区', '辽宁省', '吉林省', '黑龙江省', '上海市', '江苏省', '浙江省', '安徽省', '福建省', '江西省', '山东省', '河南省', '湖北省', '湖南省', '广东省', '广西壮族自治区', '海南省', '重庆市', '四川省', '贵州省', '云南省', '西藏自治区', '陕西省', '甘肃省', '青海省', '宁夏回族自治区', '新疆维吾尔自治区'];

export const provinceSelect = (value) => h('select', { name: 'province', autocomplete: 'address-level1' }, PROVINCES.map((name) => h('option', { value: name, selected: name === value }, name)));

/** Opens a modal form; `send` throws the sentence to show. */
function dialog(title, content, send, submitText = t('submit')) {
  const problem = h('p', { class: 'problem', role: 'alert' });
  const submit = h('button', { type: 'submit', class: 'button' }, submitText);
  const close = () => box.close();
  const onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    problem.textContent = '';
    try {
      await send();
      close();
    } catch (error) {
      problem.textContent = error.message;
      submit.disabled = false;
    }
  };
  const box = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', onclose: () => box.remove(), onclick: (event) => { if (event.target === box) close(); } },
    h('form', { onsubmit, class: 'dialog__form' }, h('div', { class: 'dialog__head' }, h('h2', { id: 'dialog-title' }, title), h('button', { type: 'button', class: 'tool', 'aria-label': t('close'), onclick: close }, icon('close'))), content, problem, h('div', { class: 'actions' }, submit, h('button', { type: 'button', class: 'button button--plain', onclick: close }, t('keep')))));
  // Going elsewhere, say by the Back button, leaves the form.
  addEventListener('hashchange', close, { once: true });
  document.body.append(box);
  box.showModal();
}

export const confirmDialog = (text, send) => dialog(t('yes'), h('p', {}, text), send, t('yes'));

const describe = (line) => [tx(line.name), tx(line.color), tx(line.size)].filter(Boolean).join(' · ');

/** The other variants of a line's product that are in stock. */
function variantSelect(line, catalog, emptyText) {
  const product = catalog.byId.get(line.product);
  const options = product.variants.filter((variant) => variant.sku !== line.variant && variant.stock > 0);
  return h('select', {}, emptyText && h('option', { value: '' }, emptyText), options.map((variant) => h('option', { value: variant.sku }, variantText(product, variant) || tx(colorOf(product, variant.color).label))));
}

export function addressDialog(order, catalog, send) {
  const { address } = order;
  const input = (value, attributes) => h('input', { type: 'text', required: true, maxlength: 30, value, ...attributes });
  const form = { recipient: input(address.recipient), phone: input('', { type: 'tel', required: false, placeholder: address.phone, pattern: '1[0-9]{10}', maxlength: 11, inputmode: 'numeric' }), province: provinceSelect(address.province), city: input(address.city), district: input(address.district), detail: input(address.detail, { maxlength: 120 }) };
  const selects = order.lines.map((line) => ({ line, select: variantSelect(line, catalog, t('leave_unchanged')) })).filter(({ select }) => select.options.length > 1);
  dialog(t('act_address'), [h('p', { class: 'muted small' }, t('change_note')), h('div', { class: 'form' }, field(t('recipient'), form.recipient), field(t('phone'), form.phone, t('leave_unchanged')), field(t('province'), form.province), field(t('city'), form.city), field(t('district'), form.district), h('div', { class: 'form__wide' }, field(t('detail'), form.detail))), selects.map(({ line, select }) => field(describe(line), select))], () => {
    const body = Object.fromEntries(Object.entries(form).map(([key, control]) => [key, control.value.trim()]).filter(([, value]) => value));
    return send({ ...body, variants: selects.filter(({ select }) => select.value).map(({ line, select }) => ({ line: line.line, variant: select.value })) });
  });
}

export function exchangeDialog(order, catalog, send) {
  const lines = order.lines.filter((line) => !line.exchanged_from);
  const target = h('div', {});
  let select;
  const pick = (line) => {
    select = variantSelect(line, catalog);
    target.replaceChildren(field(t('exchange_to'), select));
  };
  const which = h('select', { onchange: () => pick(lines[which.selectedIndex]) }, lines.map((line) => h('option', { value: line.line }, describe(line))));
  pick(lines[0]);
  dialog(t('act_exchange'), [h('p', { class: 'muted small' }, t('exchange_note')), field(t('exchange_line'), which), target], () => send({ line: Number(which.value), variant: select.value }));
}

export function returnDialog(order, send) {
  const body = { reason: 'no_reason', lines: order.lines.map((line) => line.line), unopened: false, photos: [] };
  const photo = h('input', { type: 'file', accept: 'image/*', multiple: true });
  const photos = field(t('photos'), photo);
  const unopened = checkbox(t('unopened'), false, (value) => { body.unopened = value; });
  const show = () => {
    photos.hidden = body.reason === 'no_reason';
    unopened.hidden = body.reason !== 'no_reason';
  };
  const reasons = choices('reason', t('return_reason'), ['no_reason', 'quality', 'damaged', 'wrong_item'].map((value) => ({ value, label: t(`reason_${value}`), note: t(`reason_${value}_note`) })), body.reason, (value) => { body.reason = value; show(); });
  const lines = order.lines.length > 1 && h('fieldset', { class: 'choices' }, h('legend', {}, t('return_lines')), order.lines.map((line) => checkbox(describe(line), true, (on) => { body.lines = on ? [...body.lines, line.line] : body.lines.filter((other) => other !== line.line); })));
  show();
  dialog(t('act_return'), [reasons, lines, unopened, photos], async () => {
    if (!body.lines.length) throw new Error(t('form_errors'));
    const files = body.reason === 'no_reason' ? [] : [...photo.files].slice(0, 3);
    return send({ ...body, photos: await Promise.all(files.map((file) => shrink(file))) });
  });
}

/** A photo as a small JPEG: the shop needs to see the fault, not every pore. */
async function shrink(file) {
  const LONGEST = 800;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(t('photo_bad'));
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = h('canvas', { width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)) });
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.72);
}

export function invoiceDialog(order, send) {
  const old = order.invoice ?? {};
  let kind = old.kind ?? 'ordinary';
  const title = h('input', { type: 'text', required: true, maxlength: 100, value: old.title ?? '' });
  const email = h('input', { type: 'email', required: true, maxlength: 120, autocomplete: 'email', value: old.email ?? '' });
  const taxId = h('input', { type: 'text', pattern: '[0-9A-Za-z]{15,20}', maxlength: 20, value: old.tax_id ?? '' });
  const kinds = choices('kind', t('invoice_kind'), ['ordinary', 'special'].map((value) => ({ value, label: t(`invoice_${value}`) })), kind, (value) => { kind = value; taxId.required = kind === 'special'; });
  dialog(t('act_invoice'), [h('p', { class: 'muted small' }, t('invoice_note')), kinds, field(t('invoice_title'), title), field(t('tax_id'), taxId), field(t('email'), email)], () => send({ kind, title: title.value.trim(), email: email.value.trim(), tax_id: taxId.value.trim() || null }));
}
