// Pictures for people: made small, and rid of what a camera adds (place, device), before they leave the device.

/** Longest side and quality, tried in this order until the picture fits. */
const TRIES = [[1600, 0.82], [1600, 0.6], [1200, 0.6], [800, 0.5]];
/** The server takes 700 KiB. */
const MAX_BYTES = 690 * 1024;
/** More than any camera makes; what is larger may not be a picture at all. */
const MAX_FILE = 64 * 1024 * 1024;
/** What stays in the transcript, in pixels and quality. */
const PREVIEW = [480, 0.6];

async function draw(bitmap, [side, quality]) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((length) => Math.max(1, Math.round(length * scale)));
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  // A JPEG knows no transparency, and black is not what a screenshot means by it.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', quality); });
  return { blob, size: `${width}x${height}` };
}

const base64 = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
  reader.onerror = reject;
  reader.readAsDataURL(blob);
});

/**
 * The picture to be sent and a small one to be kept, as JPEG in base64, with the small one's size.
 * Rejects with the key of the words that say why not.
 */
export async function prepare(file) {
  if (file.size > MAX_FILE) throw 'image-too-large';
  const bitmap = await createImageBitmap(file).catch(() => { throw 'image-unreadable'; });
  for (const tried of TRIES) {
    const { blob } = await draw(bitmap, tried);
    if (!blob || blob.size > MAX_BYTES) continue;
    const preview = await draw(bitmap, PREVIEW);
    return { data: await base64(blob), preview: await base64(preview.blob), size: preview.size };
  }
  throw 'image-too-large';
}

/** Draws a kept picture: on a canvas, because a page's policy may forbid pictures from anywhere but its own places. */
export async function paint(canvas, data) {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]));
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
}
