package ai.onnxruntime;

public enum OnnxJavaType {
    INT8(3),
    UINT8(2);

    final int onnx;

    OnnxJavaType(int onnx) {
        this.onnx = onnx;
    }
}
