#ifndef SIGNALBOX_CZLIB_H
#define SIGNALBOX_CZLIB_H

// Input is only read.
#define ZLIB_CONST
#include <zlib.h>

// inflateInit2 and deflateInit2 are macros, which Swift cannot call. The streams live on the heap, since zlib's state
// points back at them and refuses one that was moved. NULL without memory.

// `window_bits` as zlib has it: 15 for the zlib format, 31 for gzip.
z_stream *czlib_make_inflater(int window_bits);
void czlib_free_inflater(z_stream *stream);

z_stream *czlib_make_deflater(int window_bits, int level);
void czlib_free_deflater(z_stream *stream);

#endif
