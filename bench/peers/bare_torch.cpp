// What linking LibTorch costs a program that then does nothing with it.
#include <torch/script.h>

int main(int argc, char**) { return argc > 100 ? static_cast<int>(torch::ones({1}).numel()) : 0; }
