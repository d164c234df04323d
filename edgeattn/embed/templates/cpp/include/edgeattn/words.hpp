// Text in UTF-8 -> words, the same as Python's: lower case, no accents, punctuation apart.
//
// Accents go by canonical decomposition (NFD), whose order of marks is kept; letters.hpp holds what
// Unicode says of each letter. Source: Devlin et al. 2018, "BERT", its BasicTokenizer.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edgeattn/letters.hpp"

namespace edgeattn {

namespace letters {

inline std::uint32_t flags_of(char32_t point) {
  const auto* found = std::upper_bound(std::begin(kKinds), std::end(kKinds), point * 32 + 31);
  return *(found - 1) & 31;
}

inline std::uint32_t kind_of(char32_t point) { return flags_of(point) & 7; }

/// Return the row of a table that begins with a code point; nothing where there is none.
template <std::size_t rows, std::size_t columns>
const char32_t* row_of(const char32_t (&table)[rows][columns], char32_t point) {
  const auto* found = std::lower_bound(
      std::begin(table), std::end(table), point,
      [](const char32_t(&row)[columns], char32_t wanted) { return row[0] < wanted; });
  return found != std::end(table) && (*found)[0] == point ? *found : nullptr;
}

/// Whether the capital sigma at `place` ends a word: it comes behind a letter and before none.
inline bool ends_word(const std::u32string& text, std::size_t place) {
  std::size_t before = place, behind = place + 1;
  while (before > 0 && (flags_of(text[before - 1]) & kIgnored) != 0) --before;
  if (before == 0 || (flags_of(text[before - 1]) & kCased) == 0) return false;
  while (behind < text.size() && (flags_of(text[behind]) & kIgnored) != 0) ++behind;
  return behind == text.size() || (flags_of(text[behind]) & kCased) == 0;
}

/// Call `take` with what is left of the letter at `place` in lower case and without accents.
template <class Take>
void fold(const std::u32string& text, std::size_t place, Take&& take) {
  const char32_t point = text[place];
  if (point == 0x3A3) {
    take(ends_word(text, place) ? char32_t{0x3C2} : char32_t{0x3C3});
  } else if (point >= 0xAC00 && point < 0xAC00 + 11172) {  // Hangul
    const char32_t syllable = point - 0xAC00;
    take(0x1100 + syllable / 588);
    take(0x1161 + syllable % 588 / 28);
    if (syllable % 28 != 0) take(0x11A7 + syllable % 28);
  } else if (const auto* row = row_of(kFolds, point)) {
    take(row[1]);
  } else if (const auto* longer = row_of(kLonger, point)) {
    for (int i = 1; i < 4 && longer[i] != 0; ++i) take(longer[i]);
  } else {
    take(point);
  }
}

}  // namespace letters

/// UTF-8 -> code points. What is no UTF-8 becomes U+FFFD, as bytes.decode(errors="replace") has it.
inline std::u32string code_points(std::string_view text) {
  std::u32string found;
  found.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    const int more = first < 0xC2 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : 0;
    if (first < 0x80 || more == 0) {
      found.push_back(first < 0x80 ? first : 0xFFFD);
      continue;
    }
    // The second byte is what tells overlong forms, surrogates and numbers beyond Unicode.
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    char32_t point = first & (0x3FU >> more);
    int left = more;
    for (; left > 0 && i < text.size(); --left, low = 0x80, high = 0xBF) {
      const auto next = static_cast<unsigned char>(text[i]);
      if (next < low || next > high) break;
      point = (point << 6) | (next & 0x3FU);
      ++i;
    }
    found.push_back(left == 0 ? point : 0xFFFD);
  }
  return found;
}

/// Return the first words of a text; each mark of punctuation is a word, and so is each Han letter.
inline std::vector<std::u32string> words(std::string_view text, std::size_t most) {
  const std::u32string points = code_points(text);
  std::vector<std::u32string> found;
  std::u32string word;
  std::size_t marks = 0;  // at the end of the word, in the order of their classes
  const auto end = [&] {
    if (!word.empty()) found.push_back(std::move(word));
    word.clear();
    marks = 0;
  };
  const auto take = [&](char32_t point) {
    switch (letters::kind_of(point)) {
      case letters::space: return end();
      case letters::alone: end(); return found.emplace_back(1, point), void();
      case letters::dropped: marks = 0; return;
      case letters::dropped_mark: return;
      case letters::mark: {
        const char32_t order = letters::row_of(letters::kMarks, point)[1];
        std::size_t place = word.size();
        for (std::size_t i = 0; i < marks; ++i, --place) {
          if (letters::row_of(letters::kMarks, word[place - 1])[1] <= order) break;
        }
        word.insert(word.begin() + static_cast<std::ptrdiff_t>(place), point);
        ++marks;
        return;
      }
      default: word.push_back(point); marks = 0;
    }
  };
  for (std::size_t i = 0; i < points.size() && found.size() < most; ++i) {
    letters::fold(points, i, take);
  }
  end();
  return found;
}

}  // namespace edgeattn
