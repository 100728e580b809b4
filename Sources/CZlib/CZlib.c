#include "CZlib.h"

#include <stdlib.h>

z_stream *czlib_make_inflater(int window_bits) {
    z_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) return NULL;
    if (inflateInit2(stream, window_bits) == Z_OK) return stream;
    free(stream);
    return NULL;
}

void czlib_free_inflater(z_stream *stream) {
    inflateEnd(stream);
    free(stream);
}

z_stream *czlib_make_deflater(int window_bits, int level) {
    z_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) return NULL;
    // 8 is zlib's own default for the memory level: 256 KiB together with the window.
    if (deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK) return stream;
    free(stream);
    return NULL;
}

void czlib_free_deflater(z_stream *stream) {
    deflateEnd(stream);
    free(stream);
}
