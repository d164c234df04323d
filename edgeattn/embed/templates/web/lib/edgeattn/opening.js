// WebGPU where it is wanted, works, and proved itself; WebAssembly otherwise, with the reason.
import { EdgeAttnError } from "./engine.js";
/**
 * Open WebGPU, let it prove itself, and fall back to WebAssembly when it cannot.
 *
 * @param start Opens an engine.
 * @param prove Runs golden vectors on it.
 */
export async function openProven(start, prove) {
    let reason;
    try {
        const engine = await start("webgpu");
        try {
            const { passed, words } = await prove(engine);
            if (passed)
                return { engine, backend: "webgpu", reason: words };
            reason = `WebGPU answers wrong numbers: ${words}`;
        }
        catch (error) {
            reason = `WebGPU cannot run the model: ${message(error)}`;
        }
        await engine.close();
    }
    catch (error) {
        reason = `WebGPU cannot open the model: ${message(error)}`;
    }
    return { engine: await start("wasm"), backend: "wasm", reason };
}
/** Refuse at once where there is no WebGPU: some engines take seconds to find out. */
export async function demandWebGpu() {
    const gpu = globalThis.navigator.gpu;
    if (gpu === undefined)
        throw new EdgeAttnError("this browser has no WebGPU");
    if ((await gpu.requestAdapter()) === null)
        throw new EdgeAttnError("no graphics adapter is free");
}
function message(error) {
    return error instanceof Error ? error.message : String(error);
}
