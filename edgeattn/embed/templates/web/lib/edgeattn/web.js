// A model in a browser: onnxruntime-web or LiteRT.js, on WebAssembly or WebGPU.
import { EdgeAttnError } from "./engine.js";
import { LiteRt } from "./litert.js";
import { OnnxRuntime } from "./onnxruntime.js";
import { demandWebGpu, openProven } from "./opening.js";
import { judge, unpack } from "./probe.js";
/** Open a model in a browser. */
export async function openInBrowser(spec, options = {}) {
    const runtime = options.runtime ?? Object.keys(spec.files)[0];
    const file = spec.files[runtime];
    if (file === undefined) {
        throw new EdgeAttnError(`this kit has no file for ${runtime}; choose ${Object.keys(spec.files).join(" or ")}`);
    }
    const folder = options.folder ?? new URL("../../model/", import.meta.url);
    const bytes = await fetched(file, folder);
    const start = (backend) => runtime === "litert"
        ? startLiteRt(spec, bytes, backend, options)
        : startOnnxRuntime(spec, bytes, backend, options);
    if (options.backend !== "webgpu") {
        return { engine: await start("wasm"), backend: "wasm", reason: "" };
    }
    return openProven(start, async (engine) => {
        const probe = await unpack(spec, runtime, await fetched("probe.bin", folder));
        return judge(engine, spec, probe);
    });
}
async function startOnnxRuntime(spec, bytes, backend, { threads }) {
    if (backend === "webgpu")
        await demandWebGpu();
    const ort = backend === "webgpu"
        ? await import("onnxruntime-web/webgpu")
        : await import("onnxruntime-web/wasm");
    ort.env.wasm.numThreads = threads ?? 1;
    ort.env.logLevel = "error";
    const name = `onnxruntime-web, ${backend}`;
    return OnnxRuntime.open(name, ort, bytes, spec, { executionProviders: [backend] });
}
async function startLiteRt(spec, bytes, backend, { litertWasm }) {
    if (backend === "webgpu")
        await demandWebGpu();
    const beside = new URL("../../node_modules/@litertjs/core/wasm/", import.meta.url).href;
    return LiteRt.open(await import("@litertjs/core"), bytes, spec, litertWasm ?? beside, backend);
}
/** Read a file of the model's folder. */
export async function fetched(file, folder) {
    const answer = await fetch(new URL(file, new URL(folder, globalThis.location?.href)));
    if (!answer.ok) {
        throw new EdgeAttnError(`${answer.url} answers ${answer.status}; is the folder served?`);
    }
    return new Uint8Array(await answer.arrayBuffer());
}
