// The program has a main function of its own.
#define SDL_MAIN_HANDLED
#include <SDL2/SDL.h>

// Macros with casts do not reach Swift.
static const Uint32 metarl_sdl_video = SDL_INIT_VIDEO;
static const int metarl_sdl_centered = SDL_WINDOWPOS_CENTERED;
