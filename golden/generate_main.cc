// xent-golden-generate DIRECTORY: writes every golden set, certified anew, to its file there.

#include <cstdio>
#include <fstream>
#include <string>

#include "golden/sets.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: xent-golden-generate DIRECTORY\n", stderr);
    return 2;
  }
  for (const xent::golden::Set& set : xent::golden::sets()) {
    const auto text = xent::golden::certified_text(set);
    if (!text) {
      std::fprintf(stderr, "%s\n", text.error().message.c_str());
      return 2;
    }
    const std::string path = std::string(argv[1]) + "/" + set.file;
    std::ofstream file(path, std::ios::binary);
    file << *text << std::flush;
    if (!file) {
      std::fprintf(stderr, "%s: cannot be written\n", path.c_str());
      return 2;
    }
    std::printf("%s: %s\n", path.c_str(), *text == xent::golden::stored(set) ? "unchanged" : "changed");
  }
}
