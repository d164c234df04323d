package android.view;

import android.content.Context;

public class View {
    public View(Context context) {}

    public interface OnClickListener {
        void onClick(View view);
    }

    public void setOnClickListener(OnClickListener listener) {
        throw new RuntimeException("Stub!");
    }

    public boolean getFitsSystemWindows() {
        throw new RuntimeException("Stub!");
    }

    public void setFitsSystemWindows(boolean fits) {
        throw new RuntimeException("Stub!");
    }
}
