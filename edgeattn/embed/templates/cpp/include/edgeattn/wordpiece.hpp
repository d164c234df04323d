// Words -> numbers of word pieces, the same as Python's from the same vocabulary.
//
// From the left, each word gives the longest piece the vocabulary knows; pieces inside a word begin
// with "##". Source: Devlin et al. 2018, "BERT", its WordpieceTokenizer.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "edgeattn/engine.hpp"
#include "edgeattn/words.hpp"

namespace edgeattn {

/// A vocabulary, and how text becomes its numbers.
class WordPiece {
 public:
  /// Read a vocabulary of so many pieces, one a line.
  WordPiece(const std::string& path, std::size_t pieces) {
    require_file(path);
    std::ifstream file(path, std::ios::binary);
    std::int32_t number = 0;
    for (std::string line; std::getline(file, line); ++number) {
      const std::u32string piece = code_points(line);
      longest_ = std::max(longest_, piece.size());
      if (piece.compare(0, 2, U"##") == 0) inside_.emplace(piece.substr(2), number);
      first_.emplace(piece, number);
    }
    const auto unknown = first_.find(U"[UNK]"), start = first_.find(U"[CLS]");
    if (first_.size() != pieces || unknown == first_.end() || start == first_.end()) {
      throw Error(path + " holds " + std::to_string(number) + " pieces, not the " +
                  std::to_string(pieces) + " of this kit; put the file that came with it there");
    }
    unknown_ = unknown->second;
    start_ = start->second;
  }

  /// Return [CLS], the pieces of a text in UTF-8, then 0; what does not fit is cut off.
  std::vector<std::int32_t> encode(std::string_view text, std::size_t length) const {
    std::vector<std::int32_t> ids{start_};
    for (const auto& word : words(text, length)) {
      if (ids.size() >= length) break;
      split(word, ids);
    }
    ids.resize(length, 0);
    return ids;
  }

 private:
  using Pieces = std::map<std::u32string, std::int32_t, std::less<>>;

  void split(std::u32string_view word, std::vector<std::int32_t>& ids) const {
    constexpr std::size_t kLongestWord = 100;  // letters; a longer one is unknown, as in BERT
    const std::size_t begin = ids.size();
    std::size_t at = word.size() <= kLongestWord ? 0 : word.size() + 1;
    while (at < word.size()) {
      const Pieces& pieces = at == 0 ? first_ : inside_;
      std::size_t size = std::min(word.size() - at, longest_);
      auto piece = pieces.find(word.substr(at, size));
      while (piece == pieces.end() && size > 1) piece = pieces.find(word.substr(at, --size));
      if (piece == pieces.end()) break;
      ids.push_back(piece->second);
      at += size;
    }
    if (at == word.size()) return;
    ids.resize(begin);
    ids.push_back(unknown_);
  }

  Pieces first_, inside_;  // by their letters, "##" cut off inside
  std::size_t longest_ = 1;
  std::int32_t unknown_ = 0, start_ = 0;
};

/// 1 where a piece stands and 0 behind the end.
template <class Number>
std::vector<Number> mask_of(const std::vector<std::int32_t>& ids) {
  std::vector<Number> mask;
  for (const auto id : ids) mask.push_back(static_cast<Number>(id != 0));
  return mask;
}

}  // namespace edgeattn
