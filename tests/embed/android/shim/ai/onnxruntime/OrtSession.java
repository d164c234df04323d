package ai.onnxruntime;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import com.sun.jna.ptr.NativeLongByReference;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

public class OrtSession implements AutoCloseable {
    private final Pointer session;
    private final String[] outputs;

    OrtSession(Pointer session) throws OrtException {
        this.session = session;
        NativeLongByReference count = new NativeLongByReference();
        Api.call(Api.SESSION_OUTPUT_COUNT, session, count);
        outputs = new String[count.getValue().intValue()];
        Pointer allocator = Api.made(Api.DEFAULT_ALLOCATOR);
        for (int i = 0; i < outputs.length; i++) {
            Pointer name =
                    Api.made(Api.SESSION_OUTPUT_NAME, session, new NativeLong(i), allocator);
            outputs[i] = name.getString(0, "UTF-8");
        }
    }

    public Result run(Map<String, ? extends OnnxTensor> inputs) throws OrtException {
        String[] names = inputs.keySet().toArray(new String[0]);
        Memory values = new Memory((long) Native.POINTER_SIZE * names.length);
        for (int i = 0; i < names.length; i++) {
            values.setPointer((long) Native.POINTER_SIZE * i, inputs.get(names[i]).value);
        }
        Memory found = new Memory((long) Native.POINTER_SIZE * outputs.length);
        found.clear();
        Api.call(
                Api.RUN,
                session,
                null,
                new StringArray(names, "UTF-8"),
                values,
                new NativeLong(names.length),
                new StringArray(outputs, "UTF-8"),
                new NativeLong(outputs.length),
                found);
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < outputs.length; i++) {
            Pointer value = found.getPointer((long) Native.POINTER_SIZE * i);
            tensors.put(outputs[i], new OnnxTensor(value, null));
        }
        return new Result(tensors);
    }

    @Override
    public void close() {
        Api.release(Api.RELEASE_SESSION, session);
    }

    public static class SessionOptions implements AutoCloseable {
        final Pointer options;

        public SessionOptions() {
            try {
                options = Api.made(Api.CREATE_SESSION_OPTIONS);
            } catch (OrtException failure) {
                throw new IllegalStateException(failure);
            }
        }

        public void setIntraOpNumThreads(int threads) throws OrtException {
            Api.call(Api.SET_INTRA_OP_THREADS, options, threads);
        }

        @Override
        public void close() {
            Api.release(Api.RELEASE_SESSION_OPTIONS, options);
        }
    }

    public static class Result implements AutoCloseable {
        private final Map<String, OnnxTensor> tensors;

        Result(Map<String, OnnxTensor> tensors) {
            this.tensors = tensors;
        }

        public Optional<OnnxValue> get(String name) {
            return Optional.ofNullable(tensors.get(name));
        }

        @Override
        public void close() {
            tensors.values().forEach(OnnxTensor::close);
        }
    }
}
