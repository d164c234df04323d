// The public surface of com.google.ai.edge.litert 2.x that a kit uses, without what is behind it.

package com.google.ai.edge.litert

import android.content.res.AssetManager

private fun stub(): Nothing = throw RuntimeException("Stub!")

enum class Accelerator { NONE, CPU, GPU, NPU }

class Environment : AutoCloseable {
    override fun close(): Unit = stub()
}

class TensorBuffer internal constructor() : AutoCloseable {
    fun writeInt(data: IntArray): Unit = stub()

    fun writeFloat(data: FloatArray): Unit = stub()

    fun writeInt8(data: ByteArray): Unit = stub()

    fun writeLong(data: LongArray): Unit = stub()

    fun readInt(): IntArray = stub()

    fun readFloat(): FloatArray = stub()

    fun readInt8(): ByteArray = stub()

    fun readLong(): LongArray = stub()

    override fun close(): Unit = stub()
}

class CompiledModel private constructor() : AutoCloseable {
    data class CpuOptions(
        val numThreads: Int? = null,
        val xnnPackFlags: Int? = null,
        val xnnPackWeightCachePath: String? = null,
    )

    class Options(internal vararg val accelerators: Accelerator) {
        var cpuOptions: CpuOptions? = null

        companion object {
            @JvmStatic val CPU = Options(Accelerator.CPU)
        }
    }

    fun createInputBuffer(inputName: String, signature: String? = null): TensorBuffer = stub()

    fun createOutputBuffer(outputName: String, signature: String? = null): TensorBuffer = stub()

    fun run(
        inputs: Map<String, TensorBuffer>,
        outputs: Map<String, TensorBuffer>,
        signature: String? = null,
    ): Unit = stub()

    override fun close(): Unit = stub()

    companion object {
        @JvmOverloads
        @JvmStatic
        fun create(
            assetManager: AssetManager,
            assetName: String,
            options: Options = Options.CPU,
            optionalEnv: Environment? = null,
        ): CompiledModel = stub()
    }
}
