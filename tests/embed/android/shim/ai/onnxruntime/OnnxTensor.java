package ai.onnxruntime;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

public class OnnxTensor implements OnnxValue {
    private static final int FLOAT = 1;
    private static final int INT32 = 6;
    private static final int INT64 = 7;

    final Pointer value;
    private final Memory memory; // what the tensor points at, kept from the collector

    OnnxTensor(Pointer value, Memory memory) {
        this.value = value;
        this.memory = memory;
    }

    public static OnnxTensor createTensor(
            OrtEnvironment environment, FloatBuffer numbers, long[] shape) throws OrtException {
        Memory memory = new Memory(4L * numbers.remaining());
        buffer(memory).asFloatBuffer().put(numbers.duplicate());
        return made(memory, shape, FLOAT);
    }

    public static OnnxTensor createTensor(
            OrtEnvironment environment, IntBuffer numbers, long[] shape) throws OrtException {
        Memory memory = new Memory(4L * numbers.remaining());
        buffer(memory).asIntBuffer().put(numbers.duplicate());
        return made(memory, shape, INT32);
    }

    public static OnnxTensor createTensor(
            OrtEnvironment environment, LongBuffer numbers, long[] shape) throws OrtException {
        Memory memory = new Memory(8L * numbers.remaining());
        buffer(memory).asLongBuffer().put(numbers.duplicate());
        return made(memory, shape, INT64);
    }

    public static OnnxTensor createTensor(
            OrtEnvironment environment, ByteBuffer numbers, long[] shape, OnnxJavaType type)
            throws OrtException {
        Memory memory = new Memory(numbers.remaining());
        buffer(memory).put(numbers.duplicate());
        return made(memory, shape, type.onnx);
    }

    public FloatBuffer getFloatBuffer() {
        return data(4).asFloatBuffer();
    }

    public IntBuffer getIntBuffer() {
        return data(4).asIntBuffer();
    }

    public LongBuffer getLongBuffer() {
        return data(8).asLongBuffer();
    }

    public ByteBuffer getByteBuffer() {
        return data(1);
    }

    @Override
    public void close() {
        Api.release(Api.RELEASE_VALUE, value);
    }

    private static OnnxTensor made(Memory memory, long[] shape, int type) throws OrtException {
        final int arenaAllocator = 1;
        final int defaultMemory = 0;
        Pointer place = Api.made(Api.CPU_MEMORY_INFO, arenaAllocator, defaultMemory);
        Memory lengths = new Memory(8L * Math.max(shape.length, 1));
        lengths.write(0, shape, 0, shape.length);
        Pointer value =
                Api.made(
                        Api.CREATE_TENSOR,
                        place,
                        memory,
                        new NativeLong(memory.size()),
                        lengths,
                        new NativeLong(shape.length),
                        type);
        return new OnnxTensor(value, memory);
    }

    private ByteBuffer data(int size) {
        try {
            Pointer shape = Api.made(Api.TENSOR_TYPE_AND_SHAPE, value);
            NativeLongByReference count = new NativeLongByReference();
            Api.call(Api.SHAPE_ELEMENT_COUNT, shape, count);
            long bytes = count.getValue().longValue() * size;
            return buffer(Api.made(Api.TENSOR_DATA, value), bytes);
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static ByteBuffer buffer(Memory memory) {
        return buffer(memory, memory.size());
    }

    private static ByteBuffer buffer(Pointer memory, long bytes) {
        return memory.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }
}
