"""TFLite: a Program in the physical layout of TFLite becomes a `.tflite` file."""
