// What the C++ kit makes of texts: text_probe words|points FILE, or numbers LENGTH VOCABULARY PIECES.
//
// FILE holds texts, before each its length (uint32, little-endian). Words come one a line and an
// empty line behind each text; code points and numbers in a line for each text.

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "edgeattn/wordpiece.hpp"

namespace {

void print(const std::u32string& word) {
  for (const char32_t point : word) std::printf("%x ", static_cast<unsigned>(point));
  std::printf("\n");
}

}  // namespace

int main(int count, char** given) {
  const std::string what = given[1];
  std::ifstream file(given[2], std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t at = 0; at < all.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, all.data() + at, sizeof size);
    const std::string text = all.substr(at + sizeof size, size);
    at += sizeof size + size;
    if (what == "words") {
      for (const auto& word : edgeattn::words(text, text.size() + 1)) print(word);
      std::printf("\n");
    } else if (what == "points") {
      print(edgeattn::code_points(text));
    } else if (count == 6) {
      static const edgeattn::WordPiece pieces(given[4], std::stoul(given[5]));
      for (const auto id : pieces.encode(text, std::stoul(given[3]))) std::printf("%d ", id);
      std::printf("\n");
    }
  }
}
