package androidx.activity.result.contract

import android.graphics.Bitmap
import android.net.Uri
import androidx.activity.result.PickVisualMediaRequest

abstract class ActivityResultContract<I, O>

class ActivityResultContracts private constructor() {
    class TakePicturePreview : ActivityResultContract<Void?, Bitmap?>()

    class OpenDocument : ActivityResultContract<Array<String>, Uri?>()

    class PickVisualMedia : ActivityResultContract<PickVisualMediaRequest, Uri?>() {
        sealed interface VisualMediaType

        object ImageOnly : VisualMediaType
    }
}
