#include "worker/scorers/instruction_following/sentences.hpp"

#include <string>

#include "catch.hpp"

using tally::worker::count_sentences;

// Counts of nltk 3.8, len(PunktSentenceTokenizer().tokenize(text)).
TEST_CASE("sentences are those of an untrained Punkt", "[worker][scorers][ifeval]") {
  struct Case {
    const char* text;
    std::size_t sentences;
  };
  const auto c = GENERATE(values<Case>({
      {"", 0},
      {"One sentence without an end", 1},
      {"One. Two.", 2},
      {"One. two.", 2},
      {"It is 3. two things follow.", 1},
      {"It is 3. Two things follow.", 2},
      {"J. Bach wrote it. Then he slept.", 2},
      {"J. bach wrote it.", 1},
      {"Dr. Smith came. He left.", 3},
      {"She said (quietly.) Then she left.", 2},
      {"\"Stop!\" she cried. \"Why?\" he asked.", 4},
      {"Wait... what? No!", 2},
      {"Well... Perhaps.", 1},
      {"First. . . second. Third.", 5},
      {"What?! Never!! Ever.", 3},
      {"A.B. Two.", 2},
      {"No space.After the stop. Fine.", 2},
      {"Line one.\nLine two.\n\nLine three", 3},
      {"End.  ", 1},
      {"e.g. this one. That one!", 3},
      {"He paid $3.50. She paid 4.", 2},
      {"He paid 3. .", 1},
      {"\u4f60\u597d\u3002\u518d\u89c1\u3002", 1},
      {"\u00c9. Zola wrote. \u00e9. zola did not.", 2},
      {"Item a) one. b) two.", 2},
      {"(One.) [Two.] {Three.}", 3},
      {"It ended.\" Then it began.", 2},
      {"It ended.--Then it began.", 1},
      {"Stop.\u00a0Go. Run!\u2003Now", 3},
      {"* one.\n* two.\n- three!", 3},
      {"...", 1},
      {"?", 1},
      {"Yes. no. Yes. NO.", 4},
      {"v2. is out. v3. Is out.", 4},
      {"_. Next. 5-6. Next. 1,000. next", 4},
  }));
  CAPTURE(c.text);
  CHECK(count_sentences(c.text) == c.sentences);
}

TEST_CASE("a million full stops are a moment's work", "[worker][scorers][trap-26]") {
  CHECK(count_sentences(std::string(1U << 20U, '.')) == 1);
  CHECK(count_sentences(std::string(1U << 20U, '!')) == 3);
}
