// Builds elements. Text is always text: nothing here can turn a string into markup.

/** `h('a', { class: 'x', href: '#/', onclick: f }, 'text', node, [more], null)` */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'selected') element[name] = value;
    else if (name === 'vars') for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A line icon from its path data. */
export function svg(paths, name = 'icon') {
  const element = document.createElementNS(SVG, 'svg');
  element.setAttribute('viewBox', '0 0 24 24');
  element.setAttribute('class', name);
  element.setAttribute('aria-hidden', 'true');
  for (const d of [paths].flat()) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    element.append(path);
  }
  return element;
}

export function toast(text) {
  const item = h('p', { class: 'toast' }, text);
  document.getElementById('toasts').append(item);
  setTimeout(() => item.remove(), 4500);
}

let fieldCount = 0;
/** A label with its control and an optional hint, tied together. */
export function field(label, control, hint) {
  control.id ||= `field-${++fieldCount}`;
  if (hint) control.setAttribute('aria-describedby', `${control.id}-hint`);
  return h('div', { class: 'field' }, h('label', { for: control.id }, label), control, hint && h('p', { class: 'field__hint', id: `${control.id}-hint` }, hint));
}

/** One of several, as a group of native radio buttons. */
export function choices(name, legend, options, selected, onchange) {
  return h('fieldset', { class: 'choices' }, h('legend', {}, legend), options.map(({ value, label, note, disabled }) => h('label', { class: 'choice' },
    h('input', { type: 'radio', name, value, checked: value === selected, disabled, onchange: () => onchange(value) }),
    h('span', { class: 'choice__text' }, label, note && h('small', {}, note)))));
}

export function checkbox(label, checked, onchange) {
  return h('label', { class: 'check' }, h('input', { type: 'checkbox', checked, onchange: (event) => onchange(event.target.checked) }), h('span', {}, label));
}
