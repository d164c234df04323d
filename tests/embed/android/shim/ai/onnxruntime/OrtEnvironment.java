package ai.onnxruntime;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;

public final class OrtEnvironment implements AutoCloseable {
    private static final int WARNING = 2;
    private static OrtEnvironment only;

    private final Pointer environment;

    private OrtEnvironment() {
        try {
            environment = Api.made(Api.CREATE_ENV, WARNING, "java");
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    public static synchronized OrtEnvironment getEnvironment() {
        if (only == null) {
            only = new OrtEnvironment();
        }
        return only;
    }

    public void setTelemetry(boolean send) throws OrtException {
        if (send) {
            throw new IllegalArgumentException("nobody asked for telemetry");
        }
        Api.call(Api.DISABLE_TELEMETRY, environment);
    }

    public OrtSession createSession(byte[] model, OrtSession.SessionOptions options)
            throws OrtException {
        Memory memory = new Memory(model.length);
        memory.write(0, model, 0, model.length);
        return new OrtSession(
                Api.made(
                        Api.CREATE_SESSION_FROM_ARRAY,
                        environment,
                        memory,
                        new NativeLong(model.length),
                        options.options));
    }

    @Override
    public void close() {}
}
