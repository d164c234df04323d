// What the tests in Node and in the browser share: golden vectors against a model.

/** Fail when the engine's answers differ from what golden.json promises; return the difference. */
export async function checkGolden(model, read, file) {
  const golden = JSON.parse(new TextDecoder().decode(await read("golden.json")));
  const { inputs, outputs } = model.spec;
  const samples = golden.count / inputs[0].shape[0];
  const given = [];
  for (const { name } of inputs) {
    given.push(numbersOf(golden.inputs[name], await read(golden.inputs[name].file)));
  }
  const promised = golden.expected[file][outputs[0].name];
  const expected = Array.from(numbersOf(promised, await read(promised.file)), Number);
  const range = Math.max(...expected) - Math.min(...expected) || 1;
  let largest = 0;
  for (let sample = 0; sample < samples; ++sample) {
    const answers = await model.run(given.map((numbers) => part(numbers, sample, samples)));
    const found = Array.from(answers[0], Number);
    const wanted = part(expected, sample, samples);
    if (found.length !== wanted.length) throw new Error(`${found.length} numbers came out`);
    for (let i = 0; i < wanted.length; ++i) {
      const difference = Math.abs(found[i] - wanted[i]) / range;
      if (!(difference <= 0.02)) throw new Error(`sample ${sample} differs by ${difference}`);
      largest = Math.max(largest, difference);
    }
    const best = (numbers) => numbers.indexOf(numbers.reduce((a, b) => (b > a ? b : a)));
    const classes = model.spec.labels.length > 0;
    if (classes && best(found) !== best(wanted)) throw new Error(`sample ${sample} is another class`);
  }
  return { samples, largest };
}

/** Fail when preprocessing differs from Python's in one bit; return how many samples agreed. */
export async function checkPreprocessing(model, read) {
  const golden = JSON.parse(new TextDecoder().decode(await read("golden.json")));
  let compared = 0;
  for (const [name, entry] of Object.entries(golden.raw)) {
    const raw = numbersOf(entry, await read(entry.file));
    const wanted = numbersOf(golden.prepared[name], await read(golden.prepared[name].file));
    for (let sample = 0; sample < entry.shape[0]; ++sample, ++compared) {
      const found = model.prepare(part(raw, sample, entry.shape[0]));
      same(found, part(wanted, sample, entry.shape[0]), `sample ${sample}`);
    }
  }
  return compared;
}

/** Fail when resizing differs from Pillow's in one level. */
export async function checkResizing(covering, height, width, read, resized) {
  for (const { width: wide, height: high, photo, fitting } of resized) {
    const rgb = await read(photo);
    const wanted = await read(fitting);
    same(covering({ width: wide, height: high, data: rgb }, height, width), wanted, photo);
    const rgba = new Uint8ClampedArray(wide * high * 4).fill(255);
    for (let i = 0; i < rgb.length; ++i) rgba[Math.floor(i / 3) * 4 + (i % 3)] = rgb[i];
    const canvas = { width: wide, height: high, data: rgba };
    same(covering(canvas, height, width), wanted, `${photo} as RGBA`);
  }
}

/** Fail when a text gives other numbers than in Python; return how many texts agreed. */
export async function checkTokens(model, read) {
  const texts = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await read("texts.txt"));
  const wanted = numbersOf({ dtype: "int32" }, await read("texts_ids.bin"));
  const { inputs, text: names } = model.spec;
  const all = texts.split("\0").slice(0, -1); // each is ended by a zero
  all.forEach((text, i) => {
    const ids = Array.from(part(wanted, i, all.length));
    model.prepare(text).forEach((found, port) => {
      const expected = inputs[port].name === names.ids ? ids : ids.map((id) => Number(id !== 0));
      same(Int32Array.from(found, Number), Int32Array.from(expected), JSON.stringify(text));
    });
  });
  return all.length;
}

const ARRAYS = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

function numbersOf({ dtype }, bytes) {
  return new ARRAYS[dtype](bytes.slice().buffer);
}

function part(numbers, sample, samples) {
  const length = numbers.length / samples;
  return numbers.slice(sample * length, (sample + 1) * length);
}

function same(found, wanted, what) {
  const [a, b] = [found, wanted].map((x) => new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  if (a.length !== b.length || a.some((byte, i) => byte !== b[i])) {
    throw new Error(`${what} is prepared differently from Python`);
  }
}
