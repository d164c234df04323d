// node tests/embed/wrapper_cost.mjs KIT: what a web kit's wrapper adds to onnxruntime-node.
//
// KIT has its node_modules and takes one float32 input. The bare engine and the wrapper run in
// turns on the same numbers, one thread; told is the median of the differences of neighbours, in
// parts of the engine's median, so that a machine that slows down slows down both.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const kit = pathToFileURL(`${resolve(process.argv[2])}/`);
const [WARM_UP, ROUNDS] = [300, 3000];

const { open } = await import(new URL("lib/node.js", kit));
const { default: ort } = await import(new URL("node_modules/onnxruntime-node/dist/index.js", kit));
const model = await open({ threads: 1 });
const [input] = model.spec.inputs;
const file = readFileSync(new URL(`model/${model.spec.files.onnxruntime}`, kit));
const options = { executionProviders: ["cpu"], intraOpNumThreads: 1 };
const session = await ort.InferenceSession.create(file, options);
const numbers = new Float32Array(input.shape.reduce((a, b) => a * b)).fill(0.5);
const answer = model.spec.outputs[0].name;

async function bare() {
  const feeds = { [input.name]: new ort.Tensor("float32", numbers, input.shape) };
  return (await session.run(feeds, [answer]))[answer].data;
}

const wrapped = () => model.run([numbers]);

async function timed(what) {
  const before = performance.now();
  await what();
  return performance.now() - before;
}

const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];
const [alone, added] = [[], []];
for (let round = 0; round < WARM_UP + ROUNDS; ++round) {
  let [engine, wrapper] = [0, 0];
  if (round % 2 === 0) [engine, wrapper] = [await timed(bare), await timed(wrapped)];
  else [wrapper, engine] = [await timed(wrapped), await timed(bare)];
  if (round < WARM_UP) continue;
  alone.push(engine);
  added.push(wrapper - engine);
}
const engine = median(alone);
const share = (100 * median(added)) / engine;
console.log(`engine ${engine.toFixed(4)} ms, wrapper adds ${share.toFixed(2)} %`);
