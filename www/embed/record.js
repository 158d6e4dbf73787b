// A conversation on its way out of the widget: as lines of events, as a folder of `tests/conversations`, as a page to print.
// Loaded when the shopper, or the page, asks for one of them.

/** What was said, as `zhanggui chat` reads it: the events of this visit, and of earlier ones the shopper's words. */
export function replay(messages, log) {
  const logged = new Set(log.map(({ id }) => id));
  const before = messages.filter(({ id, author, kind }) => author === 'shopper' && kind !== 'event' && !logged.has(id));
  const lines = [...before.map(({ at, text }) => ({ at, type: 'utterance', text })), ...log.map(event)];
  return lines.filter(Boolean).sort((a, b) => a.at - b.at).map((line) => `${JSON.stringify(line)}\n`).join('');
}

const pairs = (list = []) => Object.fromEntries(list.map((text) => [text.slice(0, text.indexOf(' ')), text.slice(text.indexOf(' ') + 1)]));

/** A message of the port, as an event of the dialogue. */
function event({ at, type, text, value, helpful, page, id, status, facts, values, given }) {
  switch (type) {
    case 'utterance': return { at, type, text };
    case 'quick_reply': return { at, type, value };
    case 'feedback': return { at, type, helpful };
    case 'page': return { at, type, page };
    case 'form': return { at, type, values: pairs(values) };
    case 'action_result': return { at, type, id, status, ...(status === 'ok' ? { facts: pairs(facts) } : text && { reason: text }) };
    case 'clicked': return { at, type, item: id };
    case 'ordered': return { at, type, items: values, bought: given };
    case 'forget': return { at, type, ...(value && { kind: value.split(' ')[0], value: value.slice(value.indexOf(' ') + 1) }) };
    case 'request_handoff': case 'end_handoff': return { at, type };
    default: return undefined;
  }
}

/** The folder of a conversation as a tar archive (POSIX ustar): `tar xf` in `tests/conversations` makes a test of it. */
export function folder(name, messages, log, { locale, endpoint, actions, customer }) {
  const said = messages.map(({ at, author, text }) => `# ${new Date(at).toISOString()} ${author}: ${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}\n`).join('');
  const test = `# A problem that a shopper has reported. Write into expected.txt what would be right; known_failure then goes when it is.
locale = ${JSON.stringify(locale)}
people = ${!!endpoint}
actions = ${!!actions}
forms = true
${customer ? `customer = ${JSON.stringify(customer)}\n` : ''}known_failure = true

# What was seen:
${said}`;
  return tar([[`${name}/test.toml`, test], [`${name}/dialogue.jsonl`, replay(messages, log)]]);
}

function tar(files) {
  const encoder = new TextEncoder();
  const blocks = files.flatMap(([path, text]) => {
    const body = encoder.encode(text);
    const head = new Uint8Array(512);
    const put = (at, field) => head.set(encoder.encode(field), at);
    const octal = (number, length) => number.toString(8).padStart(length, '0');
    put(0, path);
    put(100, '0000644\0');
    put(108, '0000000\0');
    put(116, '0000000\0');
    put(124, `${octal(body.length, 11)}\0`);
    put(136, `${octal(Math.floor(Date.now() / 1000), 11)}\0`);
    put(148, '        ');
    put(156, '0');
    put(257, 'ustar\0' + '00');
    put(148, `${octal(head.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
    return [head, body, new Uint8Array((512 - body.length % 512) % 512)];
  });
  return new Blob([...blocks, new Uint8Array(1024)], { type: 'application/x-tar' });
}

/** Hands a file to the shopper. */
export function save(name, blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(URL.revokeObjectURL, 10000, link.href);
}

/** Prints the conversation from a window of its own, so that the shop's page needs no style for it. False where none may open. */
export function print(title, lines, lang) {
  const page = open('', '_blank');
  if (!page) return false;
  const { document: doc } = page;
  doc.title = title;
  doc.documentElement.lang = lang;
  const sheet = new page.CSSStyleSheet();
  sheet.replaceSync('body{max-inline-size:44em;margin:2em auto;padding-inline:1em;font:11pt/1.6 system-ui,sans-serif}article{margin-block:1em;break-inside:avoid}h2{margin:0;font-size:9pt;font-weight:400;color:#666}p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}');
  doc.adoptedStyleSheets = [sheet];
  const make = (tag, text) => Object.assign(doc.createElement(tag), { textContent: text });
  doc.body.append(make('h1', title));
  for (const { who, at, text } of lines) {
    const one = doc.createElement('article');
    one.append(make('h2', `${who} · ${at}`), make('p', text));
    doc.body.append(one);
  }
  page.focus();
  page.print();
  return true;
}
