// Files that a run writes at its end.
#ifndef XENT_BENCH_OUTPUT_FILE_H
#define XENT_BENCH_OUTPUT_FILE_H

#include <string>

namespace xent::bench {

// Why the file cannot be written, before minutes of timing; empty if nothing speaks against it.
std::string not_writable(const std::string& file);

// The whole file or none: written beside its place first. A pipe or a device is written to as it is.
// Returns whether it was written.
bool write_file(const std::string& file, const std::string& text);

}  // namespace xent::bench

#endif  // XENT_BENCH_OUTPUT_FILE_H
