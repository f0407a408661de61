// xent-bench: what `xent bench` runs.
#include <exception>
#include <iostream>

#include "bench/program.h"

int main(int argc, char** argv) {
  try {
    return xent::bench::run({argv + 1, argv + argc}, xent::bench::surroundings(), std::cout, std::cerr);
  } catch (const std::exception& error) {  // no memory for the workloads, say
    std::cerr << "xent bench: " << error.what() << "\n";
    return 2;
  }
}
