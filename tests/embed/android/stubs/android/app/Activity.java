package android.app;

import android.content.Context;
import android.os.Bundle;
import android.view.View;

public abstract class Activity extends Context {
    protected void onCreate(Bundle savedInstanceState) {
        throw new RuntimeException("Stub!");
    }

    protected void onDestroy() {
        throw new RuntimeException("Stub!");
    }

    public void setContentView(View view) {
        throw new RuntimeException("Stub!");
    }
}
