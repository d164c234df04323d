package ai.onnxruntime;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Arrays;

/**
 * ONNX Runtime's C functions by their place in the OrtApi table, to which versions only append.
 *
 * <p>Together with the classes beside it, this is the part of ONNX Runtime's Java API that a kit
 * uses, over the shared library of the Python wheel: the kit's own engine class then runs on a
 * desktop with the numbers of the real engine.
 */
final class Api {
    static final int ERROR_MESSAGE = 2;
    static final int CREATE_ENV = 3;
    static final int DISABLE_TELEMETRY = 6;
    static final int CREATE_SESSION_FROM_ARRAY = 8;
    static final int RUN = 9;
    static final int CREATE_SESSION_OPTIONS = 10;
    static final int SET_INTRA_OP_THREADS = 24;
    static final int SESSION_OUTPUT_COUNT = 31;
    static final int SESSION_OUTPUT_NAME = 37;
    static final int CREATE_TENSOR = 49;
    static final int TENSOR_DATA = 51;
    static final int SHAPE_ELEMENT_COUNT = 64;
    static final int TENSOR_TYPE_AND_SHAPE = 65;
    static final int CPU_MEMORY_INFO = 69;
    static final int DEFAULT_ALLOCATOR = 78;
    static final int RELEASE_SESSION = 95;
    static final int RELEASE_VALUE = 96;
    static final int RELEASE_SESSION_OPTIONS = 100;

    private static final int VERSION = 1;
    private static final Pointer TABLE;

    static {
        NativeLibrary library = NativeLibrary.getInstance(System.getProperty("onnxruntime"));
        Pointer base = library.getFunction("OrtGetApiBase").invokePointer(new Object[0]);
        Function versions = Function.getFunction(base.getPointer(0));
        TABLE = versions.invokePointer(new Object[] {VERSION});
    }

    private Api() {}

    static Function function(int place) {
        return Function.getFunction(TABLE.getPointer((long) place * 8));
    }

    /** Call a function that returns a status. */
    static void call(int place, Object... words) throws OrtException {
        Pointer status = function(place).invokePointer(words);
        if (status != null) {
            Pointer message = function(ERROR_MESSAGE).invokePointer(new Object[] {status});
            throw new OrtException(message.getString(0));
        }
    }

    /** Call a function that returns a status and gives a pointer through its last argument. */
    static Pointer made(int place, Object... words) throws OrtException {
        PointerByReference result = new PointerByReference();
        Object[] all = Arrays.copyOf(words, words.length + 1);
        all[words.length] = result;
        call(place, all);
        return result.getValue();
    }

    static void release(int place, Pointer object) {
        function(place).invokeVoid(new Object[] {object});
    }
}
