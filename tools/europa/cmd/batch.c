// SPDX-License-Identifier: GPL-2.0-only
/*
 * europa -batch FILE: a command a line, as with ip(8), bridge(8) and tc(8)
 *
 * Each is done by a process of its own, so it finds everything, also its network
 * namespace, as a command by itself would.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "europa.h"

#define MAX_WORDS	256

/* Words and a NULL; returns their number, MAX_WORDS if there are too many. */
static unsigned int split(char *line, char **word)
{
	unsigned int n = 0;
	char *rest = line;

	line[strcspn(line, "#")] = '\0';
	while (n < MAX_WORDS && (word[n] = strtok_r(rest, " \t\r\n", &rest)))
		n++;
	return n;
}

/* Without exit(), which would move the file that the parent reads. */
static void do_alone(char **word)
{
	int status = command(word);

	fflush(stdout);
	_exit(status);
}

static int do_line(char **word)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		do_alone(word);
	if (pid < 0)
		return complain("cannot do", word[0], errno);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int do_lines(FILE *f, const char *name)
{
	unsigned long number = 0;
	char *word[MAX_WORDS];
	char *line = NULL;
	size_t size = 0;
	int status = 0;

	while (!status && getline(&line, &size, f) >= 0) {
		unsigned int n = split(line, word);

		number++;
		if (n == MAX_WORDS)
			status = misused("a line has too many words:", word[0]);
		else if (n)
			status = do_line(word);
	}
	free(line);
	if (status)
		fprintf(stderr, "europa: %s: line %lu failed, and what follows is not done\n",
			name, number);
	else if (ferror(f))
		status = complain("cannot read", name, errno);
	return status;
}

/**
 * batch - do what a file says, until a line fails
 * @path: the file; "-": standard input
 *
 * Return: the exit status, of that line if there is one.
 */
int batch(const char *path)
{
	bool in = !strcmp(path, "-");
	FILE *f = in ? stdin : fopen(path, "re");
	int status;

	if (!f)
		return complain("cannot read", path, errno);
	status = do_lines(f, in ? "standard input" : path);
	if (!in)
		fclose(f);
	return status;
}
