#include "worker/scorers/letter.hpp"

#include "catch.hpp"

using tally::worker::choice_of;
using tally::worker::letter_of;
using tally::worker::stated_letter;

namespace {

std::string letter(std::string_view text) { return stated_letter(text).value_or("-"); }

}  // namespace

TEST_CASE("a stated letter is found in the forms that models use", "[worker][scorers]") {
  struct Row {
    const char* text;
    const char* letter;
  };
  const auto row = GENERATE(values<Row>({
      {"The answer is (B).", "B"},
      {"the answer is B", "B"},
      {"The correct answer is: C", "C"},
      {"Answer: B", "B"},
      {"answer: b", "B"},
      {"ANSWER: D.", "D"},
      {"**Answer:** B", "B"},
      {"**Answer: B**", "B"},
      {"Answer: **(B)** Paris", "B"},
      {"## Answer\n\nB", "B"},
      {"So the answer would be [C].", "C"},
      {"The correct option is D, since Rome is in Italy.", "D"},
      {"The answer is option C.", "C"},
      {"The answer is $\\boxed{C}$.", "C"},
      {"The final answer is \\(\\boxed{\\text{(C)}}\\).", "C"},
      {"It must be \\boxed{B}", "B"},
      {"I am sure: **B**", "B"},
      {"I am sure: __(B)__", "B"},
      {"The answer is A.", "A"},
      {"The answer is A because it is the largest.", "A"},
      {"The answer is A, not B.", "A"},
      {"The answer is (a).", "A"},
      {"Answer: \xe2\x80\x9c"
       "B\xe2\x80\x9d",
       "B"},
      {"B", "B"},
      {"b", "B"},
      {" (B)\n", "B"},
      {"B.", "B"},
      {"**B**", "B"},
      {"`B`", "B"},
      {"B) Paris", "B"},
      {"B. Paris", "B"},
      {"(b) Paris", "B"},
      {"B. Paris\n\nIt is the capital.", "B"},
      {"B\nIt is the capital.", "B"},
      {"It is the capital.\nSo:\nC", "C"},
      {"A\nNo, wait.\nB", "B"},
      {"Answer:\nB. Paris\nC. is too far north.", "B"},
      {"Answer: A. London\nB. Paris is wrong.", "A"},
      {"Answer:\nA. London\n\nIt is the capital.", "A"},
      {"The correct answer is:\n(A) Paris.\n\n(B) is wrong because it is a river.", "A"},
      {"Answer:\nA. Paris\nB: wrong, it is Rome", "A"},
      {"Answer:\n\n**A. Paris**\n\nB. is wrong.", "A"},
      {"I cannot answer: B", "B"},
  }));
  CAPTURE(row.text);
  CHECK(letter(row.text) == row.letter);
}

TEST_CASE("of several statements the last one counts", "[worker][scorers]") {
  CHECK(letter("The answer is A. No: the answer is (B).") == "B");
  CHECK(letter("Answer: B\n\nThe answer is C.\n\nOption A is wrong.") == "C");
  CHECK(letter("**A** looks right, but the answer is D.") == "D");
  CHECK(letter("C\nSo the answer is B.") == "B");
}

TEST_CASE("a bold letter counts only where nothing is stated", "[worker][scorers][trap-25]") {
  CHECK(letter("The answer is **B**.\n\n- **A** is wrong.\n- **C** is wrong too.") == "B");
  CHECK(letter("The correct answer is B.\n\n**A**: no\n**C**: no") == "B");
  CHECK(letter("It must be \\boxed{B}: **A** is too small.") == "B");
  CHECK(letter("**A** is too small. I take **B**") == "B");
}

TEST_CASE("what is said to be wrong is no statement", "[worker][scorers][trap-25]") {
  CHECK(letter("The answer is (B). The incorrect answer is (C)") == "B");
  CHECK(letter("The answer is B. A wrong answer is C.") == "B");
  CHECK(letter("The wrong answer is C.") == "-");
  CHECK(letter("I take **B**, not **C**.") == "B");
  CHECK(letter("\\boxed{B}, not \\boxed{C}") == "B");
}

TEST_CASE("an article, a list of choices and a denial state no letter",
          "[worker][scorers][trap-25]") {
  for (const char* const text : {
           "A dog is an animal.",
           "I think so.",
           "The answer is a dog.",
           "The answer is A dog.",
           "Answer: A man walks.",
           "The answer is I think 7.",
           "The answer is not B.",
           "A. London\nB. Paris\nC. Rome",
           "Answer:\nA. London\nB. Paris",
           "The answer is\n\n(A) London\n\n(B) Paris",
           "Answer\nA: London\nB: Paris",
           "**Answer:**\n  A) London\n  B) Paris",
           "The answer is Berlin.",
           "The answer is B-cells.",
           "The answer is C++.",
           "The answer is D'Artagnan.",
           "The answer is",
           "Option B sounds fine to me.",
           "Vitamin C and plan B are known.",
           "unanswer: B",
           "42",
           "",
           " \n",
       }) {
    CAPTURE(text);
    CHECK(letter(text) == "-");
  }
}

TEST_CASE("an answer names a choice when one letter is left of it", "[worker][scorers][trap-25]") {
  CHECK(choice_of("A", 4) == 0);
  CHECK(choice_of("(d).", 4) == 3);
  CHECK(choice_of("E", 5) == 4);
  CHECK_FALSE(choice_of("E", 4).has_value());  // beyond the choices
  CHECK_FALSE(choice_of("AB", 4).has_value());
  CHECK_FALSE(choice_of("B Paris", 4).has_value());
  CHECK_FALSE(choice_of("1", 4).has_value());
  CHECK_FALSE(choice_of("...", 4).has_value());
  CHECK_FALSE(choice_of("", 4).has_value());
  CHECK_FALSE(choice_of("\u00c4", 4).has_value());
  CHECK_FALSE(choice_of("A", 0).has_value());
  CHECK(letter_of(0) == "A");
  CHECK(letter_of(25) == "Z");
}
