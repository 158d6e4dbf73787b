// The split of the questions is one rule written twice, for training and for measuring: were the two to differ, what
// measures would have been trained on.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Split, key } from './split.mjs';

// Made up, with what the two languages fold, cut and sort each in their own way.
const PAIRS = [
  ['几天发货？', '什么时候发货', 1],
  ['什么时候发货', '发货要多久', 1],
  ['发货要多久！', '快递几天到', 0],
  ['ＡＰＰ怎么下载', 'App 怎么下载', 1],
  ['𠮷野家在哪', '｡吉野家在哪', 1],
  ['！！！', '？？？', 1],
  ['ß是什么', 'İstanbul 怎么走', 1],
  ['①元起', '1元起', 0],
  ['他☺了', '他了\u200b', 0],
  ...Array.from({ length: 60 }, (_, at) => [`第${at}个问题怎么问`, `问题${at}要怎么问`, 1]),
];

test('a text is known by what is left without punctuation, case and width', () => {
  assert.equal(key('ＡＰＰ，怎么 下载？'), 'app怎么下载');
  assert.equal(key('？？'), '？？');
});

test('clusters follow what is labelled the same, and a fifth of them is kept for measuring', () => {
  const split = new Split(PAIRS);
  assert.equal(split.cluster('几天发货'), split.cluster(' 发货要多久?'));
  assert.notEqual(split.cluster('快递几天到'), split.cluster('发货要多久'));
  const kept = PAIRS.filter(([one]) => split.isEvaluation(one)).length;
  assert.ok(kept > 5 && kept < 25, `${kept} of ${PAIRS.length}`);
  assert.ok(PAIRS.every(([one, other, label]) => label === 0 || split.isEvaluation(one) === split.isEvaluation(other)));
  assert.ok(!split.isEvaluation('快递几天到'), 'what nothing is like cannot be asked for');
});

test('training leaves out just what measuring keeps', (context) => {
  const program = 'import json, sys; from retrieval_split import Split; pairs = json.load(sys.stdin); split = Split(pairs); '
    + 'print(json.dumps([[split.cluster(text), split.is_evaluation(text)] for pair in pairs for text in pair[:2]]))';
  const cache = mkdtempSync(join(tmpdir(), 'zhanggui-pycache-'));
  const python = spawnSync('python3', ['-c', program], {
    input: JSON.stringify(PAIRS), encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: 'models/train', PYTHONIOENCODING: 'utf-8', PYTHONPYCACHEPREFIX: cache },
  });
  rmSync(cache, { recursive: true });
  if (python.error?.code === 'ENOENT') {
    context.skip('no python3');
    return;
  }
  assert.equal(python.status, 0, python.stderr);
  const split = new Split(PAIRS);
  assert.deepEqual(JSON.parse(python.stdout), PAIRS.flatMap((pair) => pair.slice(0, 2).map((text) => [split.cluster(text), split.isEvaluation(text)])));
});
