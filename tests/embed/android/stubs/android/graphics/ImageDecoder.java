package android.graphics;

import android.content.ContentResolver;
import android.net.Uri;
import java.io.IOException;

public final class ImageDecoder {
    public static final int ALLOCATOR_SOFTWARE = 1;

    public abstract static class Source {}

    public static class ImageInfo {}

    public interface OnHeaderDecodedListener {
        void onHeaderDecoded(ImageDecoder decoder, ImageInfo info, Source source);
    }

    public static Source createSource(ContentResolver resolver, Uri uri) {
        throw new RuntimeException("Stub!");
    }

    public static Bitmap decodeBitmap(Source source, OnHeaderDecodedListener listener)
            throws IOException {
        throw new RuntimeException("Stub!");
    }

    public int getAllocator() {
        throw new RuntimeException("Stub!");
    }

    public void setAllocator(int allocator) {
        throw new RuntimeException("Stub!");
    }
}
